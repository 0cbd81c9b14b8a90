import { readFile, writeFile } from "node:fs/promises";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import {
  connectSsh,
  forgetHostKey,
  generateKeyPair,
  openShell,
  runCommand,
  sshArgv,
  waitForSsh,
  writeKeyPair,
  type FailedAttempt,
} from "../src/index.js";
import { codeOf, errorOf } from "./support/codes.js";
import { startRealServer, whyNot, type ServerName } from "./support/real-servers.js";
import { openShellOnTerminal } from "./support/terminal.js";

const host = createHost();
const hasSsh = (await findExecutable(host, "ssh")) !== undefined;
const hasPython = (await findExecutable(host, "python3")) !== undefined;
const servers = await Promise.all(
  (["dropbear", "sshd"] satisfies ServerName[]).map(async (name) => ({
    name,
    reason: await whyNot(name),
  })),
);

for (const { name, reason } of servers) {
  const title = reason === undefined ? name : `${name} (skipped: ${reason})`;
  describe.runIf(reason === undefined)(`a real ${title}`, () => {
    it("is waited for, pinned, and runs commands", async () => {
      await using server = await startRealServer(name);
      const { target } = server;
      const answer = await waitForSsh(target);
      expect(answer.banner).toMatch(
        name === "dropbear" ? /^SSH-2\.0-dropbear/ : /^SSH-2\.0-OpenSSH/,
      );
      expect(await readFile(target.knownHostsPath, "utf8")).toMatch(/^dev-1 ssh-ed25519 \S+\n$/);
      const script = "cat; echo err >&2; exit 7";
      expect(await runCommand(target, script, { stdin: "in\n" })).toMatchObject({
        exitCode: 7,
        stdout: "in\n",
        stderr: "err\n",
      });
      expect(await runCommand(target, "kill -KILL $$")).toMatchObject({ signal: "SIGKILL" });
      let bytes = 0;
      const onStdout = (chunk: Uint8Array): void => void (bytes += chunk.length);
      const stdin = Buffer.alloc(3_000_000);
      await runCommand(target, "cat; head -c 3000000 /dev/zero", { stdin, onStdout });
      expect(bytes).toBe(6_000_000);
    });

    it("runs several commands at once over one connection", async () => {
      await using server = await startRealServer(name);
      await waitForSsh(server.target, { probe: "banner" });
      await using connection = await connectSsh(server.target);
      const results = await Promise.all(
        [1, 2, 3].map((n) => connection.run(`echo ${n}; exit ${n}`)),
      );
      expect(results.map(({ exitCode, stdout }) => [exitCode, stdout])).toEqual([
        [1, "1\n"],
        [2, "2\n"],
        [3, "3\n"],
      ]);
    });

    it("refuses a strange key, and is refused with a strange host key", async () => {
      await using server = await startRealServer(name);
      const { target } = server;
      await waitForSsh(target, { probe: "banner" });
      const { privateKeyPath } = await writeKeyPair(`${server.directory}/other`);
      const stranger = { ...target, privateKeyPath };
      expect(await codeOf(runCommand(stranger, "true"))).toBe("ERR_SSH_AUTH_FAILED");
      const late = await errorOf(waitForSsh(stranger, { timeoutMs: 500 }));
      expect(late.cause).toMatchObject({ reason: "auth-failed" });

      await writeFile(target.knownHostsPath, `dev-1 ${generateKeyPair().publicKey}\n`);
      expect(await codeOf(waitForSsh(target))).toBe("ERR_SSH_HOST_KEY_CHANGED");
      await forgetHostKey(target);
      await waitForSsh(target);
    });

    it.runIf(hasSsh)(
      "is reached by ssh with the same files, whoever pinned the key (needs OpenSSH's client)",
      async () => {
        await using server = await startRealServer(name);
        const { target } = server;
        await waitForSsh(target, { probe: "banner" });
        const [file = "", ...args] = sshArgv(target, { command: "exit 9" });
        // First ssh pins the key, and we read it; then the other way round.
        expect((await host.runner.run(file, args)).exitCode).toBe(9);
        const bySsh = await readFile(target.knownHostsPath, "utf8");
        expect((await runCommand(target, "exit 8")).exitCode).toBe(8);
        expect(await readFile(target.knownHostsPath, "utf8")).toBe(bySsh);
        await forgetHostKey(target);
        await runCommand(target, "true");
        expect(await readFile(target.knownHostsPath, "utf8")).toBe(bySsh);
        expect(await openShell(host, target, { command: "exit 10" })).toBe(10);
      },
    );

    it.runIf(hasSsh && hasPython)(
      "gives a shell on a terminal, with Ctrl-C (needs OpenSSH's client and python3)",
      async () => {
        await using server = await startRealServer(name);
        await waitForSsh(server.target);
        const shown = await openShellOnTerminal(server.target, [
          // Says so from within the foreground group: before that, Ctrl-C would meet only the shell.
          ["$", `tty && sh -c 'echo read""y; exec sleep 600'\r`],
          ["ready", "\u0003"],
          ["$", "echo status $?\r"],
          ["status 130", "exit 42\r"],
        ]);
        expect(shown).toMatch(/\/dev\/(?:pts\/|tty)/);
        expect(shown).toMatch(/exit code 42\n$/);
      },
    );

    it("logs in every time, whatever numbers the key exchange draws", async () => {
      await using server = await startRealServer(name);
      await waitForSsh(server.target);
      // Not the attempts begun: on a busy computer a second may start beside the first.
      const failed: string[] = [];
      const onAttempt = ({ message }: FailedAttempt): void => void failed.push(message);
      for (let i = 0; i < 40; i++) await waitForSsh(server.target, { onAttempt });
      expect(failed).toEqual([]);
    });
  });
}
