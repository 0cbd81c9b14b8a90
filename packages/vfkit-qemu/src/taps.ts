import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { failure } from "./errors.js";

/** Exit code of flock(1) for the first tap that was taken; the next codes are for the taps after it. */
const FIRST_CONFLICT_CODE = 75;

/**
 * The interfaces PREFIX0, PREFIX1, ... that are there, by number.
 *
 * @param procNetDev the content of `/proc/net/dev`. Unlike `/sys/class/net`, it is always that of
 *   the network namespace of who reads it
 */
export function findTaps(prefix: string, procNetDev: string): string[] {
  const names = procNetDev.split("\n").flatMap((line) => /^\s*([^\s:]+):/.exec(line)?.[1] ?? []);
  return names
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .toSorted((a, b) => Number(a.slice(prefix.length)) - Number(b.slice(prefix.length)));
}

/** @param prefix of interface names, as in `vfknat` for `vfknat0`, `vfknat1`, ... */
export async function readTaps(prefix: string): Promise<string[]> {
  return findTaps(prefix, await readFile("/proc/self/net/dev", "utf8"));
}

/**
 * Which taps a machine tries for its `nat` cards. A claim is a lock that QEMU itself holds, so the
 * kernel frees it when QEMU ends, however it ends.
 */
export class TapClaims {
  readonly #free: string[];
  readonly #prefix: string;
  readonly #total: number;
  readonly #chosen: string[];

  /** @throws MachineError `ERR_NO_FREE_TAP` when there are fewer taps than cards */
  constructor(prefix: string, taps: readonly string[], cards: number) {
    this.#prefix = prefix;
    this.#total = taps.length;
    this.#free = [...taps];
    this.#chosen = Array.from({ length: cards }, () => this.#next());
  }

  /** The tap of each `nat` card, in order. */
  get chosen(): readonly string[] {
    return this.#chosen;
  }

  /** `argv` under flock(1): the locks, inherited through execve, are the program's own. */
  lockArgv(argv: readonly string[], lockDir: string): string[] {
    const locks = this.#chosen.map((tap, index) => [
      "flock",
      "--nonblock",
      "--no-fork",
      "--conflict-exit-code",
      String(FIRST_CONFLICT_CODE + index),
      join(lockDir, `${tap}.lock`),
    ]);
    return [...locks.flat(), ...argv];
  }

  /**
   * After {@link lockArgv} ended with `exitCode`: takes the next tap for the card whose lock was held.
   *
   * @returns false when that is not why it ended
   * @throws MachineError `ERR_NO_FREE_TAP` when there is no other
   */
  retry(exitCode: number | undefined): boolean {
    const index = (exitCode ?? 0) - FIRST_CONFLICT_CODE;
    if (index < 0 || index >= this.#chosen.length) return false;
    this.#chosen[index] = this.#next();
    return true;
  }

  #next(): string {
    const tap = this.#free.shift();
    if (tap !== undefined) return tap;
    const names = `${this.#prefix}0 to ${this.#prefix}${this.#total - 1}`;
    const seen = this.#total === 0 ? `there is no ${this.#prefix}0` : `${names} are all in use`;
    throw failure("ERR_NO_FREE_TAP", `no tap interface for nat: ${seen}`, {
      hint: "Stop another machine, or make more taps.",
    });
  }
}
