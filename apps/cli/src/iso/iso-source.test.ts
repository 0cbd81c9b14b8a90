import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parseIsoSource } from "./iso-source.js";

const MINIKUBE = "https://storage.googleapis.com/minikube/iso/";

describe("parseIsoSource", () => {
  it.each([
    ["minikube", "arm64", "minikube-v1.38.0-arm64.iso"],
    ["minikube@1.37.0", "x64", "minikube-v1.37.0-amd64.iso"],
    ["minikube@v1.39.0-beta.0", "x64", "minikube-v1.39.0-beta.0-amd64.iso"],
  ])("%s on %s: %s", (text, arch, fileName) => {
    expect(parseIsoSource(text, arch)).toEqual({
      kind: "url",
      url: `${MINIKUBE}${fileName}`,
      fileName,
      sha256: undefined,
    });
  });

  it.each(["./minikube", "b2d.iso", "/a b/c.iso", "minikube.iso"])("%s is a path", (text) => {
    expect(parseIsoSource(text, "x64")).toEqual({ kind: "file", path: resolve(text) });
  });

  it("keeps files of different URLs apart, and their names harmless", () => {
    const names = ["http://a/x.iso", "http://b/x.iso", "http://a/..%2f..%2fx.iso", "http://a/"].map(
      (url) => {
        const source = parseIsoSource(url, "x64");
        return source.kind === "url" ? source.fileName : "";
      },
    );
    expect(new Set(names).size).toBe(4);
    for (const name of names)
      expect(name).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*-[0-9a-f]{8}\.iso$/);
  });

  it("takes the sum out of the URL", () => {
    const sum = "ab".repeat(32);
    expect(parseIsoSource(`https://h/x.iso#sha256=${sum.toUpperCase()}`, "x64")).toMatchObject({
      url: "https://h/x.iso",
      sha256: sum,
    });
  });

  it.each([
    ["", "empty"],
    ["ftp://h/x.iso", "ftp is not http or https"],
    ["minikube@latest", "not a version"],
    ["minikube@1.38", "not a version"],
    ["https://me:secret@h/x.iso", "password"],
    ["https://h/x.iso#sha256=abc", "64 hexadecimal digits"],
  ])("refuses %j", (text, message) => {
    expect(() => parseIsoSource(text, "x64")).toThrow(message);
  });

  it("does not repeat a password", () => {
    expect(() => parseIsoSource("https://me:secret@h/x.iso", "x64")).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret") }),
    );
  });
});
