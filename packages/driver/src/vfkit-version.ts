/**
 * The oldest vfkit that boots machines of this driver: it gives them their ISO as a read-only disk,
 * an option that older ones refuse.
 */
export const OLDEST_VFKIT = "0.6.0";

/** Whether vfkit of a version such as `0.6.4` or `0.7.0-rc1` is {@link OLDEST_VFKIT} or newer. */
export function isSupportedVfkit(version: string): boolean {
  const own = numbersOf(version);
  for (const [index, least] of numbersOf(OLDEST_VFKIT).entries()) {
    const number = own[index] ?? 0;
    if (number !== least) return number > least;
  }
  return true;
}

function numbersOf(version: string): readonly number[] {
  return (/^\d+(?:\.\d+)*/.exec(version)?.[0] ?? "0").split(".").map(Number);
}
