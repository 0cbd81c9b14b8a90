import * as fc from "fast-check";
import { execFile } from "node:child_process";
import { chmod, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh2, { type ParsedKey } from "ssh2";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { createFile } from "../src/exclusive-file.js";
import { generateKeyPair, writeKeyPair } from "../src/index.js";
import { encodePrivateKeyFile, encodePublicKeyLine } from "../src/openssh-key.js";
import { codeOf } from "./support/codes.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

const run = promisify(execFile);
const sshKeygen = await findExecutable(createHost(), "ssh-keygen");

function parse(text: string): ParsedKey {
  const key = ssh2.utils.parseKey(text);
  if (key instanceof Error) throw key;
  return key;
}

/** The 32 bytes of the public key that belongs to a seed (PKCS #8 and SPKI of RFC 8410). */
function publicKeyOf(seed: Uint8Array): Buffer {
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({
    key: Buffer.concat([prefix, seed]),
    format: "der",
    type: "pkcs8",
  });
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}

describe("generateKeyPair", () => {
  it("makes a pair in which each half verifies the other", () => {
    const { privateKey, publicKey } = generateKeyPair({ comment: "dev" });
    expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]{68} dev$/);
    expect(parse(publicKey).verify("data", parse(privateKey).sign("data"))).toBe(true);
    expect(parse(privateKey).comment).toBe("dev");
  });

  it("makes another each time, and leaves the comment out when there is none", () => {
    const [first, second] = [generateKeyPair(), generateKeyPair()];
    expect(first.publicKey).not.toBe(second.publicKey);
    expect(first.publicKey.split(" ")).toHaveLength(2);
  });

  it.each([
    ["a\nssh-ed25519 AAAA evil"],
    ["a\rb"],
    ["a\0b"],
    ["a\u2028b\u0085"],
    ["x".repeat(256)],
  ])("refuses the comment %j", (comment) => {
    expect(() => generateKeyPair({ comment })).toThrow(
      expect.objectContaining({ code: "ERR_SSH_INVALID_COMMENT" }),
    );
  });
});

describe("the OpenSSH key format", () => {
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

  it("is read by ssh2 for every key, comment and padding", () => {
    fc.assert(
      fc.property(
        seeds,
        fc.string({ maxLength: 40 }),
        fc.nat(2 ** 32 - 1),
        (seed, comment, checkNumber) => {
          const publicKey = publicKeyOf(seed);
          const file = encodePrivateKeyFile({ seed, publicKey, checkNumber, comment });
          const key = parse(file);
          const verifies = parse(encodePublicKeyLine(publicKey, "")).verify("x", key.sign("x"));
          expect(verifies).toBe(true);
          expect(key.comment).toBe(comment);
          expect(file.split("\n").every((line) => line.length <= 70)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("keeps the leading zeros of a public key", () => {
    // One key in 256 begins with a zero byte; ssh2's own generator loses it.
    let seed = Buffer.alloc(32);
    for (let i = 0; publicKeyOf(seed)[0] !== 0; i++) {
      seed = Buffer.alloc(32);
      seed.writeUInt32BE(i);
    }
    const publicKey = publicKeyOf(seed);
    const file = encodePrivateKeyFile({ seed, publicKey, checkNumber: 1, comment: "" });
    expect(parse(file).getPublicSSH().subarray(-32).equals(publicKey)).toBe(true);
    expect(parse(encodePublicKeyLine(publicKey, "")).getPublicSSH()).toHaveLength(51);
  });

  it.runIf(sshKeygen !== undefined)(
    "is read by ssh-keygen (skipped where it is not installed)",
    async () => {
      await using dir = await temporaryDirectory();
      const comments = ["", "a", "ab cd", "\u00e9", "x".repeat(255)];
      for (const [index, comment] of comments.entries()) {
        const path = join(dir.path, `key-${index}`);
        const { publicKey } = await writeKeyPair(path, { comment });
        const derived = await run("ssh-keygen", ["-y", "-P", "", "-f", path]);
        expect(derived.stdout.trim()).toBe(publicKey);
        const listed = await run("ssh-keygen", ["-l", "-f", `${path}.pub`]);
        expect(listed.stdout).toMatch(/^256 SHA256:.* \(ED25519\)$/m);
      }
    },
  );
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

describe("writeKeyPair", () => {
  it.each([0o000, 0o022, 0o077, 0o277, 0o777])(
    "gives the files their modes under umask %o",
    async (umask) => {
      await using dir = await temporaryDirectory();
      const before = process.umask(umask);
      try {
        const files = await writeKeyPair(join(dir.path, "id"), { comment: "dev" });
        expect(await modeOf(files.privateKeyPath)).toBe(0o600);
        expect(await modeOf(files.publicKeyPath)).toBe(0o644);
        expect(await readFile(files.publicKeyPath, "utf8")).toBe(`${files.publicKey}\n`);
      } finally {
        process.umask(before);
      }
      expect((await readdir(dir.path)).toSorted()).toEqual(["id", "id.pub"]);
    },
  );

  it("never overwrites a key, a public key, or what a link points to", async () => {
    await using dir = await temporaryDirectory();
    const path = join(dir.path, "id");
    await writeFile(path, "precious");
    expect(await codeOf(writeKeyPair(path))).toBe("ERR_SSH_KEY_EXISTS");
    expect(await readFile(path, "utf8")).toBe("precious");

    const other = join(dir.path, "other");
    await writeFile(`${other}.pub`, "precious");
    expect(await codeOf(writeKeyPair(other))).toBe("ERR_SSH_KEY_EXISTS");
    expect(await readFile(`${other}.pub`, "utf8")).toBe("precious");

    await symlink(join(dir.path, "elsewhere"), join(dir.path, "link"));
    expect(await codeOf(writeKeyPair(join(dir.path, "link")))).toBe("ERR_SSH_KEY_EXISTS");
    // Neither half of what failed is left, and nothing aside.
    expect((await readdir(dir.path)).toSorted()).toEqual(["id", "link", "other.pub"]);
  });

  it("makes one of two pairs made at once", async () => {
    await using dir = await temporaryDirectory();
    const path = join(dir.path, "id");
    const results = await Promise.allSettled([writeKeyPair(path), writeKeyPair(path)]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const derived = parse(await readFile(path, "utf8")).getPublicSSH();
    expect(
      parse(await readFile(`${path}.pub`, "utf8"))
        .getPublicSSH()
        .equals(derived),
    ).toBe(true);
  });

  it("passes on what the system says", async () => {
    await using dir = await temporaryDirectory();
    await expect(writeKeyPair(join(dir.path, "missing", "id"))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});

describe("createFile", () => {
  it("shows a file to nobody else, not even while it is written", async () => {
    await using dir = await temporaryDirectory();
    await chmod(dir.path, 0o755);
    const before = process.umask(0);
    const modes = new Set<number>();
    const written = new AbortController();
    try {
      const content = "x".repeat(20_000_000);
      const writing = createFile(join(dir.path, "big"), content, 0o600).finally(() =>
        written.abort(),
      );
      while (!written.signal.aborted) {
        for (const name of await readdir(dir.path)) {
          const stats = await stat(join(dir.path, name)).catch(() => undefined);
          if (stats !== undefined) modes.add(stats.mode & 0o777);
        }
      }
      await writing;
    } finally {
      process.umask(before);
    }
    expect([...modes]).toEqual([0o600]);
  });
});
