import { UsageError } from "./exit-codes.js";
import { formatSizeMiB } from "./format-size.js";

const MIB = 1024 * 1024;

const UNITS: Readonly<Record<string, number>> = {
  kib: 1024,
  mib: MIB,
  gib: 1024 * MIB,
  tib: 1024 * 1024 * MIB,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
};

/**
 * Reads a size with its unit, as in `4GiB`, `512 MiB` or `20GB`, as whole MiB. `GiB` is 1024 MiB,
 * `GB` is 1000 million bytes. A bare number is refused: other tools disagree on what it means.
 *
 * @param option names the option in the error, as in `--memory`
 * @throws UsageError
 */
export function parseSizeMiB(option: string, text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const [, digits = "", unit = ""] = match ?? [];
  if (match === null) throw invalid(option, text);
  if (unit === "") {
    throw new UsageError(
      `${option} ${text}: a size needs its unit`,
      likelyMeanings(option, Number(digits)),
    );
  }
  const bytesPerUnit = UNITS[unit.toLowerCase()];
  if (bytesPerUnit === undefined) {
    // As docker and podman take it: is it 1024 or 1000?
    const letter = /^[kmgt]$/i.test(unit) ? unit.toUpperCase() : undefined;
    const both =
      letter && `Write ${option} ${digits}${letter}iB (1024) or ${digits}${letter}B (1000).`;
    throw invalid(option, text, both);
  }
  const sizeMiB = Math.floor((Number(digits) * bytesPerUnit) / MIB);
  if (sizeMiB < 1) throw new UsageError(`${option} ${text}: less than 1 MiB`);
  return sizeMiB;
}

/** The likelier first: nobody has 4096 GiB, and 4 MiB are too little for anything. */
function likelyMeanings(option: string, count: number): string {
  if (count < 128) return `Write ${option} ${count}GiB or ${option} ${count}MiB.`;
  return `Write ${option} ${count}MiB (${formatSizeMiB(count)}) or ${option} ${count}GiB.`;
}

function invalid(
  option: string,
  text: string,
  hint = "Write a number and a unit: KiB, MiB, GiB, TiB, KB, MB, GB or TB.",
): UsageError {
  return new UsageError(`${option} ${JSON.stringify(text)}: not a size`, hint);
}
