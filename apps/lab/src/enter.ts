import { MachineError, type Host } from "@vfkit-machine/host";
import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { APP, BIN, OUTSIDE_REPOSITORY } from "./lab-paths.js";
import type { LabConfig } from "./inside/lab-config.js";

/** Where PID 1 of the lab expects them: see standins/lab_init.py. */
const CONTROL_FD = 3;
const STATUS_FD = 4;
const RELAYED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

export interface EnterOptions {
  /** Also make a user namespace: needs no root, and everything inside runs as its root. */
  readonly userNamespace: boolean;
  readonly config: LabConfig;
}

/**
 * Runs a command in the lab and waits for its end. Signals that reach us go to the command; when we
 * end, however, the kernel ends everything in the lab.
 *
 * @returns its exit code; 128 and the signal's number when a signal ended it, 125 when the lab failed
 * @throws MachineError `ERR_LAB_CANNOT_ENTER` when the kernel refuses the namespaces
 */
export async function enterLab(host: Host, options: EnterOptions): Promise<number> {
  const child = spawn("setpriv", labArgv(options), {
    stdio: ["inherit", "inherit", "inherit", "pipe", "pipe"],
    env: { ...host.env, PATH: `${host.env["PATH"] ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin` },
  });
  const stopRelaying = relaySignals(child.stdio[CONTROL_FD] as Writable);
  try {
    const [entered, code] = await Promise.all([
      readsAnything(child.stdio[STATUS_FD] as Readable),
      exitCode(child),
    ]);
    if (!entered) throw cannotEnter(host, options.userNamespace);
    return code;
  } finally {
    stopRelaying();
  }
}

/** setpriv's arguments: unshare(1) makes the namespaces and starts the lab's PID 1 in them. */
function labArgv({ userNamespace, config }: EnterOptions): string[] {
  // Two ropes hold the lab: this signal, and the pipe that PID 1 watches.
  const unshare = ["--pdeathsig", "KILL", "--", "unshare"];
  const user = userNamespace ? ["--user", "--map-root-user"] : [];
  const namespaces = ["--net", "--mount", "--uts", "--ipc", "--pid"];
  const process1 = ["/usr/bin/python3", "-IS", join(APP, "standins/lab_init.py")];
  const setup = [process.execPath, join(import.meta.dirname, "inside/setup.js")];
  // By paths of the lab: what is mounted there may hide the host's.
  const leave = [join(BIN, "node"), join(OUTSIDE_REPOSITORY, "apps/lab/dist/inside/leave.js")];
  const json = JSON.stringify(config);
  return [
    ...unshare,
    ...user,
    ...namespaces,
    "--fork",
    "--kill-child",
    "--mount-proc",
    "--",
    ...process1,
    ...setup,
    json,
    "--",
    ...leave,
    json,
  ];
}

function relaySignals(control: Writable): () => void {
  // Its reader may end first: what it would have been told then no longer matters.
  control.on("error", () => undefined);
  const stops = RELAYED.map((signal) => {
    const relay = (): void => {
      // A Ctrl-C in the terminal has reached the command already.
      if ((signal === "SIGINT" || signal === "SIGQUIT") && process.stdin.isTTY) return;
      control.write(`${signal.slice(3)}\n`);
    };
    process.on(signal, relay);
    return () => process.off(signal, relay);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

async function readsAnything(stream: Readable): Promise<boolean> {
  let length = 0;
  for await (const chunk of stream) length += (chunk as Buffer).length;
  return length > 0;
}

async function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      reject(
        new MachineError(`cannot execute setpriv: ${cause.message}`, {
          code: "ERR_LAB_CANNOT_ENTER",
          hint: "Run: vfm-lab prepare",
          cause,
        }),
      );
    });
    child.once("exit", (code) => resolve(code ?? 125));
  });
}

function cannotEnter(host: Host, userNamespace: boolean): MachineError {
  const what = userNamespace ? "namespaces for a plain user" : "namespaces";
  return new MachineError(`the kernel refused the lab its ${what}; unshare(1) says why above`, {
    code: "ERR_LAB_CANNOT_ENTER",
    hint: userNamespace
      ? "User namespaces may be off (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces) " +
        "or restricted by AppArmor (sysctl kernel.apparmor_restrict_unprivileged_userns=0); " +
        `in a container it must be a privileged one. ${host.uid === 0 ? "Leave --user-namespace out." : "Or run the lab as root."}`
      : "In a container, start it with: docker run --privileged --device /dev/net/tun",
  });
}
