import { describe, expect, it } from "vitest";
import { checkedPublicKeyLine } from "./public-key.js";
import { makePublicKey } from "../test/support.js";

const KEY = makePublicKey("c1");

describe("checkedPublicKeyLine", () => {
  it.each(["", "\n", "\r\n", "  "])(
    "ends the line with one newline, given %j at its end",
    (end) => {
      expect(checkedPublicKeyLine(KEY + end)).toBe(`${KEY}\n`);
    },
  );

  it("takes a key without a comment, and one with blanks and other scripts in it", () => {
    const bare = KEY.split(" ").slice(0, 2).join(" ");
    expect(checkedPublicKeyLine(bare)).toBe(`${bare}\n`);
    expect(checkedPublicKeyLine(`${bare} Ωmega on c1`)).toBe(`${bare} Ωmega on c1\n`);
  });

  it.each([
    ["nothing", "", 'not an OpenSSH public key: ""'],
    ["another type in front", KEY.replace("ssh-ed25519", "ssh-rsa"), "not an OpenSSH public key"],
    ["no base64", "ssh-ed25519 ???", 'not an OpenSSH public key: "ssh-ed25519 ???"'],
    ["a key cut off", "ssh-ed25519 AAAA", "not an OpenSSH public key"],
    ["two keys", `${KEY}\n${KEY}`, "got more than one line"],
    ["a NUL", `${KEY}\0`, "got more than one line"],
  ])("refuses %s", (_, text, message) => {
    expect(() => checkedPublicKeyLine(text)).toThrow(
      expect.objectContaining({
        code: "ERR_DISK_INVALID_KEY",
        message: expect.stringContaining(message),
      }),
    );
  });

  it("refuses a private key without quoting it", () => {
    const secret = "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n";
    expect(() => checkedPublicKeyLine(secret)).toThrow(
      expect.objectContaining({ message: "cannot use the public key: got a private key" }),
    );
  });
});
