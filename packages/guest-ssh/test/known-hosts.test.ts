import * as fc from "fast-check";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { generateKeyPair } from "../src/index.js";
import {
  addKnownHost,
  fingerprint,
  judgeHostKey,
  keysOf,
  keyTypeOf,
  parseKnownHosts,
  removeKnownHost,
} from "../src/known-hosts.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

const run = promisify(execFile);
const sshKeygen = await findExecutable(createHost(), "ssh-keygen");

/** A new public key: its blob, and as it stands in a known_hosts file. */
function newKey(): { blob: Buffer; line: string } {
  const line = generateKeyPair().publicKey;
  return { blob: Buffer.from(line.split(" ")[1] ?? "", "base64"), line };
}

const [own, other] = [newKey(), newKey()];
const judge = (text: string, alias: string, key: Buffer): string =>
  judgeHostKey(parseKnownHosts(text), alias, key);

describe("judgeHostKey", () => {
  it("knows a pinned key, an unknown host, and a changed key", () => {
    const text = `dev ${own.line}\n`;
    expect(judge(text, "dev", own.blob)).toBe("match");
    expect(judge(text, "dev", other.blob)).toBe("changed");
    expect(judge(text, "dev2", own.blob)).toBe("unknown");
    expect(judge("", "dev", own.blob)).toBe("unknown");
  });

  it("takes another type of key for a change: the name is pinned", () => {
    const ecdsa =
      "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=";
    expect(parseKnownHosts(`dev ${ecdsa}`)[0]?.keyType).toBe("ecdsa-sha2-nistp256");
    expect(judge(`dev ${ecdsa}\n`, "dev", own.blob)).toBe("changed");
    expect(judge(`dev ${ecdsa}\ndev ${own.line}\n`, "dev", own.blob)).toBe("match");
  });

  it("refuses a revoked key, also one that is pinned beside", () => {
    expect(judge(`@revoked * ${own.line}\n`, "dev", own.blob)).toBe("revoked");
    expect(judge(`dev ${own.line}\n@revoked dev ${own.line}\n`, "dev", own.blob)).toBe("revoked");
    expect(judge(`@revoked * ${own.line}\n`, "dev", other.blob)).toBe("unknown");
  });

  it.each([
    ["dev", "DEV", "match"],
    ["DEV", "dev", "match"],
    ["a,dev,b", "dev", "match"],
    ["d*", "dev", "match"],
    ["d?v", "dev", "match"],
    ["*", "dev", "match"],
    ["d?", "dev", "unknown"],
    ["*,!dev", "dev", "unknown"],
    ["!dev2,d*", "dev", "match"],
    ["[dev]:2222", "dev", "unknown"],
    ["dev.example", "dev", "unknown"],
  ])("matches names %j against %j: %s", (names, alias, verdict) => {
    expect(judge(`${names} ${own.line}\n`, alias, own.blob)).toBe(verdict);
  });

  it("is not slow on a pattern made to be", () => {
    const names = `${"*a".repeat(2000)}b`;
    expect(judge(`${names} ${own.line}\n`, "a".repeat(250), own.blob)).toBe("unknown");
  });
});

describe("parseKnownHosts", () => {
  it("passes over what is no pinned key", () => {
    const text = [
      "# a comment",
      "",
      "   ",
      "dev",
      "dev ssh-ed25519",
      "dev ssh-ed25519 not-base64!",
      `dev ssh-rsa ${own.line.split(" ")[1] ?? ""}`,
      `@cert-authority * ${own.line}`,
      `@unheard-of dev ${own.line}`,
      "\tdev  " + own.line.replace(" ", "\t") + " with a comment\r",
    ].join("\n");
    expect(parseKnownHosts(text)).toEqual([
      { names: "dev", keyType: "ssh-ed25519", key: own.blob, revoked: false },
    ]);
  });

  it("makes of any text a list of keys whose types are right", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const { key, keyType } of parseKnownHosts(text)) expect(keyTypeOf(key)).toBe(keyType);
        expect(removeKnownHost(text, "no such name")).toBe(text);
      }),
    );
  });
});

describe("addKnownHost and removeKnownHost", () => {
  const alias = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,30}$/);

  it("add a key that is found again, and take it away again", () => {
    fc.assert(
      fc.property(
        alias,
        fc.constantFrom("", "# mine\n", "x y z", `zz,z ${other.line}\n`),
        (name, text) => {
          fc.pre(!["z", "zz"].includes(name.toLowerCase()));
          const added = addKnownHost(text, name, own.blob);
          expect(keysOf(parseKnownHosts(added), name)).toHaveLength(1);
          expect(judge(added, name, own.blob)).toBe("match");
          const end = text === "" || text.endsWith("\n") ? "" : "\n";
          expect(removeKnownHost(added, name)).toBe(text + end);
        },
      ),
    );
  });

  it("leave comments, other names and revoked keys alone", () => {
    const kept = `# comment\nother ${other.line}\n@revoked dev ${own.line}\n`;
    expect(removeKnownHost(`${kept}dev ${own.line}\nDEV ${other.line}\n`, "dev")).toBe(kept);
  });
});

describe.runIf(sshKeygen !== undefined)(
  "beside ssh-keygen (skipped where it is not installed)",
  () => {
    it("makes the same fingerprint", async () => {
      await using dir = await temporaryDirectory();
      await writeFile(join(dir.path, "key.pub"), `${own.line}\n`);
      const { stdout } = await run("ssh-keygen", ["-l", "-f", join(dir.path, "key.pub")]);
      expect(stdout.split(" ")[1]).toBe(fingerprint(own.blob));
    });

    it("reads its hashed names", async () => {
      await using dir = await temporaryDirectory();
      const path = join(dir.path, "known_hosts");
      await writeFile(path, addKnownHost("", "Dev", own.blob));
      await run("ssh-keygen", ["-H", "-f", path]);
      const hashed = await readFile(path, "utf8");
      expect(hashed).toMatch(/^\|1\|/);
      expect(judge(hashed, "Dev", own.blob)).toBe("match");
      expect(judge(hashed, "dev2", own.blob)).toBe("unknown");
      expect(removeKnownHost(hashed, "dev")).toBe("");
    });

    it("is found and removed by it", async () => {
      await using dir = await temporaryDirectory();
      const path = join(dir.path, "known_hosts");
      await writeFile(path, addKnownHost(`other ${other.line}\n`, "Dev", own.blob));
      await run("ssh-keygen", ["-F", "dev", "-f", path]);
      await run("ssh-keygen", ["-R", "dev", "-f", path]);
      expect(await readFile(path, "utf8")).toBe(`other ${other.line}\n`);
    });
  },
);
