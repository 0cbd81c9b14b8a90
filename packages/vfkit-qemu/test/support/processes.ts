import { readdir, readFile } from "node:fs/promises";

/** A live process. */
export interface Found {
  readonly pid: number;
  readonly argv: readonly string[];
}

/** The live processes whose command line holds `text`; zombies count as gone. */
export async function findProcesses(text: string): Promise<Found[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      try {
        const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").slice(0, -1);
        return argv.some((word) => word.includes(text)) ? [{ pid, argv }] : [];
      } catch {
        // It ended while we looked.
        return [];
      }
    }),
  );
  return found.flat();
}

/** Waits until none is left. There is no event for the end of somebody else's child: it looks again and again. */
export async function untilGone(text: string, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const left = await findProcesses(text);
    if (left.length === 0) return;
    if (performance.now() > deadline) throw new Error(`still there: ${JSON.stringify(left)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
