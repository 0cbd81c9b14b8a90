import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_SOCKET_PATH_BYTES, parseRestUri, restUriForUnixSocket } from "./rest-uri.js";

describe("restUriForUnixSocket", () => {
  test.each([
    ["/run/vfkit.sock", "unix:///run/vfkit.sock"],
    ["/a b/ü#", "unix:///a b/ü#"],
    ["/100%/who?", "unix:///100%25/who%3F"],
    ["/a\nb\u007f", "unix:///a%0Ab%7F"],
    ["//a", "unix:////a"],
  ])("%j becomes %j", (path, uri) => {
    expect(restUriForUnixSocket(path)).toBe(uri);
    expect(parseRestUri(uri)).toEqual({ kind: "unix", socketPath: path });
  });

  test("refuses a path that no macOS socket can have, with the numbers", () => {
    const longest = `/${"s".repeat(MAX_SOCKET_PATH_BYTES - 1)}`;
    expect(restUriForUnixSocket(longest)).toBe(`unix://${longest}`);
    expect(() => restUriForUnixSocket(`${longest}s`)).toThrow(
      expect.objectContaining({
        code: "ERR_VFKIT_REST_URI",
        message: expect.stringContaining("has 104 bytes, macOS allows 103"),
      }),
    );
    // Bytes, not characters.
    expect(() => restUriForUnixSocket(`/${"ü".repeat(52)}`)).toThrow("105 bytes");
  });

  test.each(["", "relative.sock", "~/x.sock", "/nul\0", "/half\ud800"])("refuses %j", (path) => {
    expect(() => restUriForUnixSocket(path)).toThrow(
      expect.objectContaining({ code: "ERR_VFKIT_REST_URI" }),
    );
  });

  test("parseRestUri gives back every path it takes", () => {
    const path = fc
      .string({ unit: fc.constantFrom(...Array.from('a/%?#&+ :@[]"ü\n\u0001')) })
      .map((rest) => `/${rest}`);
    fc.assert(
      fc.property(path, (socketPath) => {
        expect(parseRestUri(restUriForUnixSocket(socketPath))).toEqual({
          kind: "unix",
          socketPath,
        });
      }),
    );
  });
});

describe("parseRestUri", () => {
  test.each([
    ["none://", { kind: "none" }],
    ["unix:/run/v", { kind: "unix", socketPath: "/run/v" }],
    ["tcp://localhost:8080", { kind: "tcp", host: "localhost", port: 8080 }],
    ["http://127.0.0.1:1", { kind: "tcp", host: "127.0.0.1", port: 1 }],
    ["tcp://:8080", { kind: "tcp", host: "", port: 8080 }],
    ["tcp://[::1]:8080", { kind: "tcp", host: "::1", port: 8080 }],
    ["tcp://[fe80::1%25en0]:8080", { kind: "tcp", host: "fe80::1%en0", port: 8080 }],
  ])("reads %s", (uri, endpoint) => {
    expect(parseRestUri(uri)).toEqual(endpoint);
  });

  // Go takes some of these; vfkit then ends, because it cannot listen there.
  test.each([
    "tcp://a:b:80",
    "tcp://h:65536",
    "tcp://h",
    "unix://host/x",
    "unix:///%00",
    "unix:///%ff",
    "none:",
    "ftp://h:1",
    "unix:///a%zz",
  ])("refuses %s and quotes it", (uri) => {
    expect(() => parseRestUri(uri)).toThrow(
      expect.objectContaining({
        code: "ERR_VFKIT_REST_URI",
        message: expect.stringContaining(JSON.stringify(uri)),
      }),
    );
  });
});
