import { expect, it } from "vitest";
import { hostKeyAlgorithms } from "../src/host-key-algorithms.js";

const pinned = (...keyTypes: string[]): string[] =>
  hostKeyAlgorithms(
    keyTypes.map((keyType) => ({ names: "dev", keyType, key: Buffer.alloc(0), revoked: false })),
  );

it("asks for what is pinned first, for the best next, and never for SHA-1", () => {
  const all = pinned();
  expect(all[0]).toBe("ssh-ed25519");
  expect(all).not.toContain("ssh-rsa");
  expect(pinned("ssh-rsa").slice(0, 3)).toEqual(["rsa-sha2-512", "rsa-sha2-256", "ssh-ed25519"]);
  expect(pinned("ecdsa-sha2-nistp384", "ssh-ed25519").slice(0, 3)).toEqual([
    "ssh-ed25519",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp256",
  ]);
  for (const keyType of ["ssh-rsa", "ssh-dss", "unheard-of"]) {
    expect(pinned(keyType).toSorted()).toEqual(all.toSorted());
  }
});
