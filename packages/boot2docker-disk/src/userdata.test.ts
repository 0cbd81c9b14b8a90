import * as fc from "fast-check";
import { extract } from "tar-stream";
import { describe, expect, it } from "vitest";
import { makePublicKey } from "../test/support.js";
import { MAGIC } from "./defaults.js";
import { readPublicKeys } from "./read-userdata.js";
import { encodeUserdata } from "./userdata.js";

const KEY = makePublicKey("c1");

/** Headers as they lie in the tar: one a block of 512 bytes, contents left out. */
function typeFlags(tar: Uint8Array): string[] {
  const flags: string[] = [];
  for (let at = 0; tar[at] !== 0;) {
    const header = Buffer.from(tar.subarray(at, at + 512));
    flags.push(header.toString("latin1", 156, 157));
    expect(header.toString("latin1", 257, 265)).toBe("ustar\x0000");
    const sizeBytes = Number.parseInt(header.toString("latin1", 124, 136), 8);
    at += 512 + Math.ceil(sizeBytes / 512) * 512;
  }
  return flags;
}

describe("encodeUserdata", () => {
  it("begins with the magic itself and holds plain ustar headers only", async () => {
    const tar = await encodeUserdata({ publicKey: KEY });
    expect(Buffer.from(tar).toString("latin1", 0, 30)).toBe(`${MAGIC}\0`);
    expect(MAGIC).toHaveLength(29);
    expect(typeFlags(tar)).toEqual(["0", "5", "0", "0"]);
  });

  it("is a complete tar of 4096 bytes, with the two blocks of zeros that end it", async () => {
    const tar = await encodeUserdata({ publicKey: KEY });
    expect(tar).toHaveLength(4096);
    expect(tar.subarray(3072).every((byte) => byte === 0)).toBe(true);
    expect(tar.subarray(2560, 3072).some((byte) => byte !== 0)).toBe(true);
  });

  it("has entries with these names, modes and owners, in this order", async () => {
    const tar = extract();
    tar.end(await encodeUserdata({ publicKey: KEY }));
    const entries: unknown[] = [];
    for await (const entry of tar) {
      const { name, type, mode, uid, gid, size } = entry.header;
      entries.push([name, type, mode, uid, gid, size]);
      entry.resume();
    }
    expect(entries).toEqual([
      [MAGIC, "file", 0o644, 0, 0, 0],
      [".ssh/", "directory", 0o700, 0, 0, 0],
      [".ssh/authorized_keys", "file", 0o644, 0, 0, KEY.length + 1],
      [".ssh/authorized_keys2", "file", 0o644, 0, 0, KEY.length + 1],
    ]);
  });

  it("gives equal bytes for equal keys, at any time", async () => {
    const header = Buffer.from(await encodeUserdata({ publicKey: KEY }));
    const mtime = Number.parseInt(header.toString("latin1", 136, 148), 8);
    expect(new Date(mtime * 1000)).toEqual(new Date("2000-01-01T00:00:00Z"));
    const [first, second] = await Promise.all([
      encodeUserdata({ publicKey: KEY }),
      encodeUserdata({ publicKey: `${KEY}\n` }),
    ]);
    expect(first).toEqual(second);
  });

  it("takes a key of 512 bytes and refuses one of 513, with the numbers", async () => {
    const room = 512 - makePublicKey("").length - 1;
    const fits = await encodeUserdata({ publicKey: makePublicKey("c".repeat(room)) });
    expect(fits).toHaveLength(4096);
    await expect(
      encodeUserdata({ publicKey: makePublicKey("c".repeat(room + 1)) }),
    ).rejects.toMatchObject({
      code: "ERR_DISK_KEY_TOO_LARGE",
      message:
        "the public key has 513 bytes, which makes a tar of 5120 bytes: " +
        "the guest keeps only the first 4096, and a key may have 512",
      hint: expect.stringContaining("ed25519"),
    });
  });

  it("measures bytes, not characters", async () => {
    const comment = "Ω".repeat(220);
    await expect(encodeUserdata({ publicKey: makePublicKey(comment) })).rejects.toMatchObject({
      code: "ERR_DISK_KEY_TOO_LARGE",
    });
  });

  it("refuses an RSA key of 3072 bits", async () => {
    const publicKey = makePublicKey("c1", "ssh-rsa", 3 + 4 + 385);
    await expect(encodeUserdata({ publicKey })).rejects.toMatchObject({
      code: "ERR_DISK_KEY_TOO_LARGE",
    });
  });

  it("gives the key back to readPublicKeys, for any key that fits", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ maxLength: 100, unit: "grapheme-ascii" }),
        fc.integer({ min: 1, max: 200 }),
        async (comment, keyBytes) => {
          const publicKey = makePublicKey(comment, "sk-ssh-ed25519@openssh.com", keyBytes).trim();
          const keys = await readPublicKeys(await encodeUserdata({ publicKey }));
          expect(keys).toEqual([publicKey]);
        },
      ),
    );
  });
});

describe("readPublicKeys", () => {
  it("reads what lies before the damage, and never throws", async () => {
    const tar = await encodeUserdata({ publicKey: KEY });
    expect(await readPublicKeys(tar.subarray(0, 1600))).toEqual([]);
    expect(await readPublicKeys(tar.subarray(0, 2048))).toEqual([KEY]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 4095 }), fc.nat({ max: 255 })), { maxLength: 8 }),
        fc.nat({ max: 4096 }),
        async (changes, length) => {
          const damaged = Uint8Array.from(tar);
          for (const [at, byte] of changes) damaged[at] = byte;
          await readPublicKeys(damaged.subarray(0, length));
        },
      ),
      { numRuns: 500 },
    );
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 4096 }), async (bytes) => {
        expect(await readPublicKeys(bytes)).toEqual([]);
      }),
    );
  });
});
