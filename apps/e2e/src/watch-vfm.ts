import { withDeadline } from "@vfkit-machine/host";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Vfm } from "./vfm.js";

/** How a `vfm` ended, and what it said. */
export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A `vfm` that runs while somebody watches its events. Disposing kills it, when it still runs. */
export interface WatchedVfm extends Disposable {
  readonly pid: number;
  /** Resolves when it tells of this event. @throws Error when it ends, or after 60 s, without it */
  event(type: string): Promise<void>;
  /** Resolves when this text is on its stdout. @throws Error as `event` does */
  output(text: string): Promise<void>;
  /** Sends it a signal; one that has ended gets none. */
  send(signal: NodeJS.Signals): void;
  /** Waits for its end. */
  ended(): Promise<Ended>;
  /** Sends it a signal and waits for its end. */
  end(signal: NodeJS.Signals): Promise<Ended>;
  /** The same to its whole process group, as a terminal does. */
  endGroup(signal: NodeJS.Signals): Promise<Ended>;
}

export interface WatchOptions {
  /** Let a shell run it, say "up" when it has succeeded, and stay (default: it runs alone). */
  readonly thenWait?: boolean;
}

const WAIT_MS = 60_000;
/** Well within the limit of a test, so that what hangs is told by its name and last words. */
const END_MS = 2 * 60_000;
const STAYING_SHELL = '"$@" >&2 && echo up && exec sleep 60';

/** Starts `vfm --json ARGS` in a process group of its own: its events are lines of JSON on stderr. */
export function watchVfm(
  vfm: Vfm,
  args: readonly string[],
  { thenWait = false }: WatchOptions = {},
): WatchedVfm {
  const argv = [process.execPath, vfm.entry, "--json", ...args];
  const [command = "", ...rest] = thenWait ? ["sh", "-c", STAYING_SHELL, "sh", ...argv] : argv;
  const child = spawn(command, rest, {
    env: { ...vfm.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  const pid = child.pid ?? Number.NaN;
  const said = { stdout: collect(child, "stdout"), stderr: collect(child, "stderr") };
  const ended = once(child, "close").then(([exitCode, signal]): Ended => ({
    exitCode: exitCode as number | null,
    signal: signal as NodeJS.Signals | null,
    stdout: said.stdout(),
    stderr: said.stderr(),
  }));
  const waitFor = (stream: "stdout" | "stderr", text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new Error(`vfm ${args.join(" ")} ${why} without ${text}:\n${said.stderr()}`));
      };
      const timer = setTimeout(() => fail("went on for a minute"), WAIT_MS);
      const look = (): void => {
        if (!said[stream]().includes(text)) return;
        clearTimeout(timer);
        resolve();
      };
      child[stream]?.on("data", look);
      void ended.then(() => fail("ended"));
      look();
    });
  const untilEnd = async (): Promise<Ended> => {
    try {
      return await withDeadline("waiting for its end", { timeoutMs: END_MS }, () => ended);
    } catch (cause) {
      process.kill(-pid, "SIGKILL");
      throw new Error(`vfm ${args.join(" ")} does not end:\n${said.stderr()}`, { cause });
    }
  };
  const endBy = async (target: number, signal: NodeJS.Signals): Promise<Ended> => {
    process.kill(target, signal);
    return untilEnd();
  };
  // By its handle: another process may have its pid by now.
  const send = (signal: NodeJS.Signals): void => void child.kill(signal);
  return {
    pid,
    event: (type) => waitFor("stderr", `"type":"${type}"`),
    output: (text) => waitFor("stdout", text),
    ended: untilEnd,
    end: (signal) => endBy(pid, signal),
    endGroup: (signal) => endBy(-pid, signal),
    send,
    [Symbol.dispose]: () => send("SIGKILL"),
  };
}

/** Keeps what a stream says. @returns what it has said so far */
function collect(child: ChildProcess, stream: "stdout" | "stderr"): () => string {
  let text = "";
  child[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
