import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { readPrivateKey } from "../src/private-key.js";
import { errorOf } from "./support/codes.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

const run = promisify(execFile);
const sshKeygen = await findExecutable(createHost(), "ssh-keygen");

describe.runIf(sshKeygen !== undefined)(
  "every key that ssh-keygen writes (skipped where it is not installed)",
  () => {
    const kinds = ["rsa 2048", "ecdsa 256", "ecdsa 384", "ecdsa 521", "ed25519 256"];
    it.each(kinds.flatMap((kind) => ["RFC4716", "PKCS8", "PEM"].map((form) => [kind, form])))(
      "is read: %s as %s",
      async (kind, form) => {
        await using dir = await temporaryDirectory();
        const path = join(dir.path, "key");
        const [type = "", bits = ""] = kind.split(" ");
        const secret = ["-N", "", "-t", type, "-b", bits, "-m", form];
        await run("ssh-keygen", ["-q", ...secret, "-f", path]);
        const [, publicKey] = (await readFile(`${path}.pub`, "utf8")).split(" ");
        const key = await readPrivateKey(path);
        expect(key.getPublicSSH().toString("base64")).toBe(publicKey);
        expect(key.verify("data", key.sign("data"))).toBe(true);
      },
    );

    it.each(["RFC4716", "PKCS8", "PEM"])("is refused by name when encrypted: %s", async (form) => {
      await using dir = await temporaryDirectory();
      const path = join(dir.path, "key");
      const secret = ["-N", "passphrase", "-t", "rsa", "-b", "2048", "-m", form];
      await run("ssh-keygen", ["-q", ...secret, "-f", path]);
      expect(await errorOf(readPrivateKey(path))).toMatchObject({
        code: "ERR_SSH_KEY_UNREADABLE",
        hint: expect.stringContaining("unencrypted"),
      });
    });
  },
);

describe("a key in PKCS #8", () => {
  it("of Ed25519 is read as OpenSSL writes it", async () => {
    await using dir = await temporaryDirectory();
    const path = join(dir.path, "key");
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    await writeFile(path, privateKey.export({ format: "pem", type: "pkcs8" }));
    const key = await readPrivateKey(path);
    const { x = "" } = publicKey.export({ format: "jwk" });
    expect(key.getPublicSSH().subarray(-32).toString("base64url")).toBe(x);
  });

  it("that is damaged, or of a kind that SSH has not, is refused with the reason", async () => {
    await using dir = await temporaryDirectory();
    const path = join(dir.path, "key");
    await writeFile(path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    expect(await errorOf(readPrivateKey(path))).toMatchObject({ code: "ERR_SSH_KEY_UNREADABLE" });
    const { privateKey } = generateKeyPairSync("x25519");
    await writeFile(path, privateKey.export({ format: "pem", type: "pkcs8" }));
    expect(await errorOf(readPrivateKey(path))).toMatchObject({
      code: "ERR_SSH_KEY_UNREADABLE",
      message: expect.stringContaining("x25519"),
    });
  });
});
