import { describe, expect, test } from "vitest";
import { toAddress } from "./target.js";
import type { Target } from "./types.js";

describe("toAddress", () => {
  test.each<[Target, string | undefined, string]>([
    [{ socketPath: "/run/v.sock" }, "/run/v.sock", "http://localhost"],
    [{ socketPath: "v.sock" }, "v.sock", "http://localhost"],
    ["unix:///run/v.sock", "/run/v.sock", "http://localhost"],
    ["unix:/run/v.sock", "/run/v.sock", "http://localhost"],
    ["UNIX:///a%20b%25%3F", "/a b%?", "http://localhost"],
    ["unix:///a#b", "/a#b", "http://localhost"],
    ["tcp://localhost:8080", undefined, "http://localhost:8080"],
    ["http://127.0.0.1:1", undefined, "http://127.0.0.1:1"],
    ["tcp://h:80", undefined, "http://h"],
    ["tcp://[::1]:8080", undefined, "http://[::1]:8080"],
    [{ url: "http://localhost:8080/" }, undefined, "http://localhost:8080"],
  ])("%j", (target, socketPath, origin) => {
    expect(toAddress(target)).toMatchObject({ socketPath, origin });
  });

  test.each<Target>([
    "",
    "none://",
    "unix://host/x",
    "unix://",
    "unix:relative",
    "unix:///a%zz",
    "unix:///a?b",
    "unix:///a%00",
    "tcp://",
    "tcp://h",
    "TCP://[::1]",
    "tcp://h:1/path",
    "tcp://h:99999",
    "https://h:1",
    "/run/v.sock",
    { url: "http://h:1/?q" },
    { url: "ftp://h" },
    { socketPath: "" },
  ])("refuses %j", (target) => {
    expect(() => toAddress(target)).toThrow(expect.objectContaining({ code: "ERR_VFKIT_ADDRESS" }));
  });

  test("refuses a socket path that would be cut off, with the numbers", () => {
    const longest = `/${"s".repeat(102)}`;
    expect(toAddress({ socketPath: longest }).socketPath).toBe(longest);
    expect(() => toAddress({ socketPath: `${longest}s` })).toThrow("the path has 104 bytes");
  });
});
