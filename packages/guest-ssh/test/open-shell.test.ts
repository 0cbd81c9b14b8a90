import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHost, findExecutable, type Host, type MachineError } from "@vfkit-machine/host";
import type { ServerChannel } from "ssh2";
import { describe, expect, it } from "vitest";
import { openShell, runCommand, sshArgv, writeKeyPair } from "../src/index.js";
import { codeOf } from "./support/codes.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";
import { openShellOnTerminal } from "./support/terminal.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

const host = createHost();
const ssh = await findExecutable(host, "ssh");
const python = await findExecutable(host, "python3");

/** A host on whose PATH `ssh` is this shell script. */
async function hostWithSsh(directory: string, script: string): Promise<Host> {
  const bin = join(directory, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "ssh"), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, "ssh"), 0o755);
  return createHost({ env: { PATH: `${bin}:/usr/bin:/bin` } });
}

describe("openShell", () => {
  it("runs the ssh on PATH with sshArgv's words, and hands its exit code on", async () => {
    await using dir = await temporaryDirectory();
    const log = join(dir.path, "log");
    const withSsh = await hostWithSsh(dir.path, `printf '%s\\n' "$@" > '${log}'; exit 7`);
    const target = targetIn(dir.path, 22);
    expect(await openShell(withSsh, target, { command: "a b", tty: true })).toBe(7);
    const { stdout } = await host.runner.run("cat", [log]);
    expect(stdout).toBe(`${sshArgv(target, { command: "a b", tty: true }).slice(1).join("\n")}\n`);
  });

  it("reports a death by a signal as a shell does", async () => {
    await using dir = await temporaryDirectory();
    const withSsh = await hostWithSsh(dir.path, "kill -TERM $$");
    expect(await openShell(withSsh, targetIn(dir.path, 22))).toBe(143);
  });

  it("ends with the caller's signal", async () => {
    await using dir = await temporaryDirectory();
    const withSsh = await hostWithSsh(dir.path, "exec sleep 600");
    const signal = AbortSignal.timeout(100);
    expect(await codeOf(openShell(withSsh, targetIn(dir.path, 22), { signal }))).toBe(
      "ERR_ABORTED",
    );
  });

  it("says that there is no ssh", async () => {
    const without = createHost({ env: { PATH: "/nonexistent" } });
    expect(await codeOf(openShell(without, targetIn("/tmp", 22)))).toBe("ERR_SSH_CLIENT_NOT_FOUND");
  });
});

/** A shell of three commands: `beep` with Ctrl-C, an echo, and `exit N`. */
function tinyShell(channel: ServerChannel): void {
  let line = "";
  channel.write("guest$ ");
  channel.on("data", (data: Buffer) => {
    for (const character of data.toString("latin1")) {
      if (character === "\u0003") channel.write("^C interrupted\r\nguest$ ");
      else if (character !== "\r") line += character;
      else {
        const [, code] = /^exit (\d+)$/.exec(line) ?? [];
        if (code !== undefined) {
          channel.exit(Number(code));
          channel.end();
          return;
        }
        channel.write(`you typed ${line}\r\nguest$ `);
        line = "";
      }
    }
  });
}

describe.runIf(ssh !== undefined && python !== undefined)(
  "openShell on a terminal (skipped without OpenSSH's client and python3)",
  () => {
    it("passes keys, Ctrl-C among them, to the guest, and the exit code back", async () => {
      await using dir = await temporaryDirectory();
      const { publicKey } = await writeKeyPair(join(dir.path, "id_ed25519"));
      await using guest = await startFakeGuest({
        authorizedKeys: [publicKey],
        onShell: tinyShell,
      });
      const steps: [string, string][] = [
        ["guest$ ", "hello\r"],
        ["you typed hello", "\u0003"],
        ["interrupted", "exit 42\r"],
      ];
      const shown = await openShellOnTerminal(targetIn(dir.path, guest.port), steps);
      expect(shown).toContain("you typed hello");
      expect(shown).toContain("^C interrupted");
      expect(shown).toMatch(/exit code 42\n$/);
    });

    it("reaches a guest by the pinned key, wherever the files are, and refuses another", async () => {
      await using dir = await temporaryDirectory();
      const store = join(dir.path, "it's 100% %h mine");
      await mkdir(store);
      const { publicKey } = await writeKeyPair(join(store, "id_ed25519"));
      const seen: unknown[] = [];
      for (let boot = 0; boot < 2; boot++) {
        // Each has a host key of its own.
        await using guest = await startFakeGuest({ authorizedKeys: [publicKey] });
        const target = targetIn(store, guest.port);
        const [file = "", ...args] = sshArgv(target, { command: "exit 9" });
        seen.push((await host.runner.run(file, args)).exitCode);
        const ours = runCommand(target, "echo pinned").then(
          ({ stdout }) => stdout.trim(),
          (error: MachineError) => error.code,
        );
        seen.push(await ours);
      }
      expect(seen).toEqual([9, "pinned", 255, "ERR_SSH_HOST_KEY_CHANGED"]);
      expect(await readFile(join(store, "known_hosts"), "utf8")).toMatch(/^dev-1 [^\n]*\n$/);
    });
  },
);
