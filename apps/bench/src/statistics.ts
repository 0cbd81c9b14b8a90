/** The middle value; the mean of the two middle ones of an even count. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle];
  const lower = sorted[sorted.length % 2 === 0 ? middle - 1 : middle];
  if (upper === undefined || lower === undefined) throw new Error("the median of nothing");
  return (lower + upper) / 2;
}

/** Milliseconds that `work` takes. */
export async function timeMs(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/**
 * Runs several kinds of work in turn, `rounds` times, so that a machine that slows down slows all of
 * them; the first round warms up and is not counted. Each round begins with another of them: none has
 * always the same before it, whose memory the system may still be taking back.
 *
 * @returns the median in milliseconds of each, in the order given
 */
export async function alternate(
  rounds: number,
  ...works: readonly (() => unknown)[]
): Promise<number[]> {
  const samples: number[][] = works.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (let turn = 0; turn < works.length; turn += 1) {
      const index = (round + turn) % works.length;
      const tookMs = await timeMs(() => works[index]?.());
      if (round > 0) samples[index]?.push(tookMs);
    }
  }
  return samples.map(median);
}
