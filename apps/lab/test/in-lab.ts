import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";

const MAIN = join(import.meta.dirname, "../dist/main.js");
/** A fresh machine downloads the guest's packages and builds the guest first. */
const FIRST_TIMEOUT_MS = 10 * 60_000;

export type Mode = "root" | "user namespace";

/** Where the test's own programs are, as the lab's user sees them. */
export const FIXTURES = "/mnt/lab/repo/apps/lab/test/fixtures";

export function flagsOf(mode: Mode): string[] {
  return mode === "user namespace" ? ["--user-namespace"] : [];
}

/** For `vfm-lab`, besides our own. */
export type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of bash in a lab of its own. */
export function inLab(
  mode: Mode,
  script: string,
  {
    flags = [],
    env = {},
    timeoutMs = 60_000,
  }: {
    readonly flags?: readonly string[];
    readonly env?: Environment;
    readonly timeoutMs?: number;
  } = {},
): Ended {
  const args = [MAIN, "run", ...flagsOf(mode), ...flags, "--", "bash", "-c", script];
  const ended = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: timeoutMs,
    cwd: join(import.meta.dirname, ".."),
    env: { ...process.env, ...env },
  });
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr };
}

/**
 * Why there can be no lab of that kind here; empty when there can. Also builds the guest's ISO, where
 * it was not built yet.
 */
export function whyNoLab(mode: Mode, env: Environment = {}): string {
  if (process.platform !== "linux") return "the lab is for Linux";
  if (mode === "root" && process.getuid?.() !== 0) return "needs root";
  const args = [MAIN, "run", ...flagsOf(mode), "--", "true"];
  const { status, stderr } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    timeout: FIRST_TIMEOUT_MS,
    env: { ...process.env, ...env },
  });
  return status === 0 ? "" : stderr.trim().split("\n").slice(0, 2).join(" ");
}

/** For titles: why what follows is skipped; nothing when it is not. */
export function skipped(why: string): string {
  return why === "" ? "" : ` (skipped: ${why})`;
}

/** A lab that is left running. Every process in it carries a mark in its environment. */
export interface RunningLab {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when the command printed that line. */
  printed(line: string): Promise<void>;
  /** Processes of this lab that the host knows, by pid. */
  processes(): number[];
}

/** Must be called in a test: when that is over, whatever is left of the lab is killed. */
export function startLab(mode: Mode, script: string): RunningLab {
  const mark = `VFM_LAB_TEST=${randomUUID()}`;
  const args = [MAIN, "run", ...flagsOf(mode), "--", "bash", "-c", script];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, VFM_LAB_TEST: mark.slice("VFM_LAB_TEST=".length) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const waiting = new Map<string, () => void>();
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    for (const [line, resolve] of waiting) if (stdout.includes(`${line}\n`)) resolve();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  const printed = async (line: string): Promise<void> => {
    const seen = new Promise<void>((resolve) => {
      waiting.set(line, resolve);
      if (stdout.includes(`${line}\n`)) resolve();
    });
    const early = ended.then(() => {
      throw new Error(`the lab ended before it printed ${line}:\n${stdout}${stderr}`);
    });
    await Promise.race([seen, early]);
  };
  onTestFinished(() => {
    for (const pid of marked(mark)) killIfThere(pid);
  });
  return { child, ended, printed, processes: () => marked(mark) };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // The kill of another of them has ended it.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function marked(mark: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => environment(pid).includes(mark)).map(Number);
}

function environment(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    // It ended while we looked, or is somebody else's: not of our lab.
    return "";
  }
}
