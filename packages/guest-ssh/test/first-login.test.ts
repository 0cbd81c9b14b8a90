import { generateKeyPairSync } from "node:crypto";
import { readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { forgetHostKey, generateKeyPair, waitForSsh } from "../src/index.js";
import { errorOf } from "./support/codes.js";
import { keyDirectoryOfEachTest } from "./support/key-directory.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";

const dir = keyDirectoryOfEachTest();

const knownHosts = (): Promise<string> => readFile(join(dir.path, "known_hosts"), "utf8");

describe("waitForSsh and host keys", () => {
  it("fails at once when another host key answers, and asks no further", async () => {
    const pinned = generateKeyPair();
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    const target = targetIn(dir.path, guest.port);
    await writeFile(target.knownHostsPath, `dev-1 ${pinned.publicKey}\n`);
    const before = performance.now();
    const error = await errorOf(waitForSsh(target));
    expect(performance.now() - before).toBeLessThan(5000);
    expect(error.code).toBe("ERR_SSH_HOST_KEY_CHANGED");
    expect(error.message.match(/ssh-ed25519 SHA256:/g)).toHaveLength(2);
    expect(error.hint).toContain(`ssh-keygen -R dev-1 -f '${target.knownHostsPath}'`);
    expect(guest.authMethods).toEqual([]);
    await guest.idle();
    expect(await knownHosts()).toBe(`dev-1 ${pinned.publicKey}\n`);

    // A machine that makes new host keys when it boots: the old one is forgotten on purpose.
    expect(await forgetHostKey(target)).toBe(true);
    expect(await forgetHostKey(target)).toBe(false);
    await waitForSsh(target);
    expect(guest.logins.accepted).toBe(1);
  });

  it("asks a server with several host keys for the one it knows", async () => {
    const rsa = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const ed25519 = generateKeyPair();
    for (const hostKeys of [[rsa.privateKey], [ed25519.privateKey, rsa.privateKey]]) {
      await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey], hostKeys });
      await waitForSsh(targetIn(dir.path, guest.port));
      expect(await knownHosts()).toMatch(/^dev-1 ssh-rsa [^\n]*\n$/);
    }
  });

  it("keeps what else the known_hosts file holds, and a key under its name whatever the address", async () => {
    const hostKey = generateKeyPair();
    const others = `# mine\nother ${generateKeyPair().publicKey}`;
    await writeFile(join(dir.path, "known_hosts"), others, { mode: 0o644 });
    for (let boot = 0; boot < 2; boot++) {
      await using guest = await startFakeGuest({
        authorizedKeys: [dir.publicKey],
        hostKeys: [hostKey.privateKey],
      });
      await waitForSsh(targetIn(dir.path, guest.port));
    }
    expect(await knownHosts()).toBe(`${others}\ndev-1 ${hostKey.publicKey}\n`);
  });

  it("pins one key when two first logins meet", async () => {
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    const target = targetIn(dir.path, guest.port);
    await Promise.all([waitForSsh(target), waitForSsh(target), waitForSsh(target)]);
    expect((await knownHosts()).match(/^dev-1 /gm)).toHaveLength(1);
  });

  it("keeps what other machines pin in the same file at the same time", async () => {
    await writeFile(join(dir.path, "known_hosts"), "# mine");
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    const aliases = Array.from({ length: 8 }, (_, index) => `machine-${index}`);
    await Promise.all(
      aliases.map((hostKeyAlias) =>
        waitForSsh({ ...targetIn(dir.path, guest.port), hostKeyAlias }),
      ),
    );
    const lines = (await knownHosts()).split("\n").filter((line) => line !== "");
    expect(lines.map((line) => line.split(" ")[0]).toSorted()).toEqual(["#", ...aliases]);
  });

  it("pins through a link to a file that is not there yet", async () => {
    const elsewhere = join(dir.path, "elsewhere");
    await symlink(elsewhere, join(dir.path, "known_hosts"));
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    await waitForSsh(targetIn(dir.path, guest.port), { timeoutMs: 5_000 });
    expect(await readFile(elsewhere, "utf8")).toMatch(/^dev-1 ssh-ed25519 [^\n]*\n$/);
    expect((await stat(elsewhere)).mode & 0o777).toBe(0o600);
  });

  it("pins one of two keys that are shown under one name at the same time", async () => {
    await writeFile(join(dir.path, "known_hosts"), "# mine\n");
    await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    await using stranger = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
    const results = await Promise.allSettled(
      [guest, stranger].map(({ port }) => waitForSsh(targetIn(dir.path, port))),
    );
    const refused = results.filter((result) => result.status === "rejected");
    expect(refused.map(({ reason }) => reason.code)).toEqual(["ERR_SSH_HOST_KEY_CHANGED"]);
    expect((await knownHosts()).match(/^dev-1 /gm)).toHaveLength(1);
  });
});
