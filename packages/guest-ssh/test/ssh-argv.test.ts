import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHost, findExecutable } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { sshArgv, sshConfigBlock, type SshTarget } from "../src/index.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

const run = promisify(execFile);
const ssh = await findExecutable(createHost(), "ssh");

const TARGET: SshTarget = {
  host: "192.168.64.3",
  port: 2222,
  user: "docker",
  privateKeyPath: "/My Store/100%/dev/id_ed25519",
  knownHostsPath: "/My Store/100%/dev/known_hosts",
  hostKeyAlias: "Dev",
};

/** What `ssh -G` makes of a command line: option names in lower case, as it prints them. */
async function resolve(argv: readonly string[]): Promise<Map<string, string>> {
  const { stdout } = await run("ssh", ["-G", ...argv]);
  const pairs = stdout.split("\n").map((line): [string, string] => {
    const space = line.indexOf(" ");
    return [line.slice(0, space), line.slice(space + 1)];
  });
  return new Map(pairs);
}

/** The same, with tokens and quotes in its paths resolved, as far as ssh itself prints them. */
const EXPECTED = {
  hostname: "192.168.64.3",
  port: "2222",
  user: "docker",
  identitiesonly: "yes",
  identityagent: "none",
  globalknownhostsfile: "/dev/null",
  hostkeyalias: "dev",
  hashknownhosts: "no",
  updatehostkeys: "false",
  checkhostip: "no",
  stricthostkeychecking: "accept-new",
  preferredauthentications: "publickey",
  controlmaster: "false",
  forwardagent: "no",
};

describe("sshArgv", () => {
  it("is a plain command line", () => {
    const argv = sshArgv({ ...TARGET, privateKeyPath: "/s/id", knownHostsPath: "/s/known_hosts" });
    const options = [
      'IdentityFile="/s/id"',
      "IdentitiesOnly=yes",
      "IdentityAgent=none",
      'UserKnownHostsFile="/s/known_hosts"',
      "GlobalKnownHostsFile=/dev/null",
      "HostKeyAlias=dev",
      "HashKnownHosts=no",
      "UpdateHostKeys=no",
      "CheckHostIP=no",
      "StrictHostKeyChecking=accept-new",
      "PreferredAuthentications=publickey",
      "ControlMaster=no",
      "ControlPath=none",
      "ForwardAgent=no",
      "BatchMode=yes",
      "LogLevel=ERROR",
      "ConnectTimeout=10",
      "ServerAliveInterval=60",
      "ServerAliveCountMax=3",
    ].flatMap((option) => ["-o", option]);
    expect(argv).toEqual([
      "ssh",
      "-F",
      "/dev/null",
      ...options,
      "-p",
      "2222",
      "-l",
      "docker",
      "192.168.64.3",
    ]);
  });

  it("ends with the command, which ssh must not read options from", () => {
    expect(sshArgv(TARGET, { command: "-v; ls 'a b'" }).slice(-3)).toEqual([
      "192.168.64.3",
      "--",
      "-v; ls 'a b'",
    ]);
  });

  it("asks for a terminal, for none, or leaves it to ssh", () => {
    const flags = [true, false, undefined].map((tty) =>
      sshArgv(TARGET, { tty }).filter((word) => /^-[tT]$/.test(word)),
    );
    expect(flags).toEqual([["-t"], ["-T"], []]);
  });

  it.each(["", " ", "a\0b"])("refuses the command %j", (command) => {
    expect(() => sshArgv(TARGET, { command })).toThrow(
      expect.objectContaining({ code: "ERR_SSH_INVALID_COMMAND" }),
    );
  });
});

describe.runIf(ssh !== undefined)("beside OpenSSH (skipped where it is not installed)", () => {
  it("says with sshArgv what ssh understands", async () => {
    const argv = sshArgv(TARGET, { command: "true", extraArgs: ["-o", "LogLevel=VERBOSE"] });
    const options = await resolve(argv.slice(1));
    expect(Object.fromEntries(options)).toMatchObject({
      ...EXPECTED,
      batchmode: "yes",
      // What the caller adds comes first, and the first counts.
      loglevel: "VERBOSE",
    });
    expect(options.get("identityfile")).toContain("/My Store/100");
    expect(options.get("userknownhostsfile")).toContain("/My Store/100");
  });

  it("says the same with sshConfigBlock", async () => {
    await using dir = await temporaryDirectory();
    const path = join(dir.path, "config");
    const other = { ...TARGET, host: "fe80::1%bridge100" };
    await writeFile(path, sshConfigBlock(TARGET, "vfm-dev") + sshConfigBlock(other, "other"));
    const options = await resolve(["-F", path, "vfm-dev"]);
    expect(Object.fromEntries(options)).toMatchObject(EXPECTED);
    expect((await resolve(["-F", path, "other"])).get("hostname")).toBe("fe80::1%bridge100");
  });
});
