import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createHost, findExecutable, signalProcess } from "@vfkit-machine/host";
import { onTestFinished } from "vitest";
import { generateKeyPair, writeKeyPair, type SshTarget } from "../../src/index.js";
import { targetIn } from "./fake-guest.js";
import { freePort } from "./tcp.js";
import { temporaryDirectory } from "./temporary-directory.js";

/** SSH servers are often where only root looks. */
const host = createHost({
  env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/usr/local/sbin:/sbin` },
});
const GUEST_UID = 1000;

export type ServerName = "dropbear" | "sshd";

/** Why a server cannot be tested here; undefined when it can. */
export async function whyNot(name: ServerName): Promise<string | undefined> {
  if ((await findExecutable(host, name)) === undefined) return `${name} is not installed`;
  const isRoot = process.platform === "linux" && host.uid === 0;
  // Dropbear reads authorized_keys from the home directory that /etc/passwd names, and no other.
  if (name === "dropbear" && !isRoot) return "only root on Linux can give it a home directory";
  return undefined;
}

export interface RealServer extends AsyncDisposable {
  readonly target: SshTarget;
  readonly directory: string;
}

/**
 * Starts a server on loopback that takes the target's key and no password. Must be called in a test:
 * with that it ends, also when it took too long, and on Linux with this process, however that ends.
 */
export async function startRealServer(name: ServerName): Promise<RealServer> {
  const dir = await temporaryDirectory();
  const home = join(dir.path, "home");
  const { publicKey } = await writeKeyPair(join(dir.path, "id_ed25519"));
  await mkdir(join(home, ".ssh"), { recursive: true });
  const authorizedKeys = join(home, ".ssh", "authorized_keys");
  await writeFile(authorizedKeys, `${publicKey}\n`);
  await chmod(dir.path, 0o755);
  const port = await freePort();
  const argv =
    name === "dropbear"
      ? await dropbearArgv(dir.path, port)
      : await sshdArgv(dir.path, authorizedKeys, port);
  const asRoot = host.uid === 0;
  if (asRoot) {
    for (const path of [home, join(home, ".ssh"), authorizedKeys]) {
      await chown(path, GUEST_UID, GUEST_UID);
    }
  }
  const [file = "", ...args] = [
    ...(await boundToUs()),
    ...(asRoot ? await withOwnUsers(dir.path, home, argv) : argv),
  ];
  const server = spawn(file, args, { env: host.env, stdio: "ignore", detached: true });
  onTestFinished(() => end(server));
  const target = targetIn(dir.path, port);
  return {
    target: asRoot ? target : { ...target, user: userInfo().username },
    directory: dir.path,
    [Symbol.asyncDispose]: async () => {
      await end(server);
      await dir[Symbol.asyncDispose]();
    },
  };
}

async function dropbearArgv(directory: string, port: number): Promise<string[]> {
  const hostKey = join(directory, "dropbear_ed25519_host_key");
  const made = await host.runner.run("dropbearkey", ["-t", "ed25519", "-f", hostKey]);
  if (made.exitCode !== 0) throw new Error(made.stderr);
  return ["dropbear", "-F", "-E", "-s", "-m", "-r", hostKey, "-p", `127.0.0.1:${port}`];
}

async function sshdArgv(
  directory: string,
  authorizedKeys: string,
  port: number,
): Promise<string[]> {
  const hostKey = join(directory, "ssh_host_ed25519_key");
  await writeFile(hostKey, generateKeyPair().privateKey, { mode: 0o600 });
  const settings = [
    `ListenAddress=127.0.0.1`,
    `HostKey=${hostKey}`,
    `AuthorizedKeysFile=${authorizedKeys}`,
    "PasswordAuthentication=no",
    "StrictModes=no",
    "PidFile=none",
  ].flatMap((setting) => ["-o", setting]);
  // It runs itself again, and insists on an absolute path for that.
  const sshd = (await findExecutable(host, "sshd")) ?? "sshd";
  return [sshd, "-D", "-f", "/dev/null", "-p", String(port), ...settings];
}

/** In a mount namespace of its own, with a user `docker` whose home is ours: the host's files stay as they are. */
async function withOwnUsers(
  directory: string,
  home: string,
  argv: readonly string[],
): Promise<string[]> {
  const passwd = join(directory, "passwd");
  const users = [
    "root:x:0:0:root:/root:/bin/sh",
    `docker:x:${GUEST_UID}:${GUEST_UID}::${home}:/bin/sh`,
    // For sshd's separation of privileges.
    "sshd:x:100:65534::/run/sshd:/usr/sbin/nologin",
  ];
  await writeFile(passwd, `${users.join("\n")}\n`);
  const script = `mount --bind "$0" /etc/passwd && mount -t tmpfs none /run && mkdir /run/sshd && exec "$@"`;
  return ["unshare", "-m", "sh", "-c", script, passwd, ...argv];
}

/** Runs a command that the kernel kills when this process ends, where that can be had: see prctl(2). */
async function boundToUs(): Promise<string[]> {
  const setpriv = await findExecutable(host, "setpriv");
  return setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"];
}

/** With its group: sshd serves each connection by a child. */
async function end(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, "exit");
  signalProcess(-server.pid, "SIGKILL");
  await exited;
}
