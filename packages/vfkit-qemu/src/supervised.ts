import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { stripControlCharacters, type ProcessEnd } from "@vfkit-machine/host";
import { createLineSplitter } from "./qmp-messages.js";

const KEPT_LINES = 20;

/** A child that the kernel kills when we end, however we end. */
export interface Supervised {
  readonly child: ChildProcess;
  /** Resolves when it has ended and all it wrote was read. Never rejects. */
  readonly exited: Promise<ProcessEnd>;
  /** The last lines it wrote to stderr. */
  lastWords(): readonly string[];
  /** SIGKILL, unless it has ended. */
  kill(): void;
}

/**
 * `argv` as a command that gets SIGKILL when the process `parentPid` ends: prctl(2)
 * PR_SET_PDEATHSIG through setpriv(1), which outlives execve. The shell closes the gap in which the
 * parent ended before the kernel was told.
 */
export function boundToParent(argv: readonly string[], parentPid: number): string[] {
  const onlyUnderParent = `[ "$PPID" = "$0" ] && exec "$@"`;
  const shell = ["sh", "-c", onlyUnderParent, String(parentPid), ...argv];
  return ["setpriv", "--pdeathsig", "KILL", "--", ...shell];
}

/**
 * Starts `argv` {@link boundToParent bound to us}, in a session of its own, so that a Ctrl-C in our
 * terminal reaches only us.
 *
 * @param stdio stderr, its third item, must be `"pipe"`: it is read here
 * @param onLine takes each line of stderr
 * @throws the system error of spawn(2): `ENOENT` when setpriv is not installed
 */
export async function startSupervised(
  argv: readonly string[],
  stdio: StdioOptions,
  env: Readonly<Record<string, string | undefined>>,
  onLine: (line: string) => void,
): Promise<Supervised> {
  const [file = "", ...args] = boundToParent(argv, process.pid);
  const child = spawn(file, args, { stdio, detached: true, env: { ...env } });
  const lines: string[] = [];
  const keep = createLineSplitter((line) => {
    const text = stripControlCharacters(line).trimEnd();
    if (text === "") return;
    lines.push(text);
    if (lines.length > KEPT_LINES) lines.shift();
    onLine(text);
  });
  child.stderr?.on("data", keep);
  // The last line may lack its end.
  child.stderr?.on("end", () => keep(Buffer.from("\n")));
  let ended = false;
  const exited = new Promise<ProcessEnd>((resolve) => {
    child.once("close", (exitCode, signal) => {
      ended = true;
      resolve({ exitCode: exitCode ?? undefined, signal: signal ?? undefined });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  return {
    child,
    exited,
    lastWords: () => lines,
    kill: () => {
      if (!ended) child.kill("SIGKILL");
    },
  };
}
