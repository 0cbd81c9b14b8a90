import { requiredVersion, toArgv, toInspect } from "@vfkit-machine/vfkit-config";
import { comparable } from "./comparable.js";
import { judgeOurselves, type OurVerdict } from "./our-parser.js";
import type { RealParser, Verdict } from "./real-parser.js";
import { reasonOf, type Reason } from "./refused-by-us-alone.js";
import { isSince, NEWEST, type Version } from "./versions.js";

/** How the two parsers stand to each other over one command line. */
export type Comparison =
  /** Both read the same machine; both give the same answer (help, version); both refuse. */
  | { readonly kind: "same-machine" | "same-answer" | "both-refuse" }
  /** The machine needs a newer vfkit by our `requiredVersion`, and this one does not understand it. */
  | { readonly kind: "too-new" }
  /** An older vfkit takes what the newest refuses, as we do. */
  | { readonly kind: "refused-since" }
  | { readonly kind: "ours-alone-refuses"; readonly reason: Reason }
  | { readonly kind: "difference"; readonly real: string; readonly ours: string };

/** A vfkit to compare with, and the directory that both parsers find relative paths in. */
export interface Bench {
  readonly version: Version;
  readonly cwd: string;
  readonly real: RealParser;
  /** The newest vfkit; may be the same. */
  readonly newest: RealParser;
}

/** Asks both parsers about the same arguments. */
export async function compare(argv: readonly string[], bench: Bench): Promise<Comparison> {
  const { version, real, newest } = bench;
  const ours = await judgeOurselves(argv, bench);
  const comparison = compareVerdicts(await real.judge(argv), ours, version);
  if (comparison.kind !== "difference" || version === NEWEST || ours.error === undefined) {
    return comparison;
  }
  const { outcome } = await newest.judge(argv);
  return outcome === "error" ? { kind: "refused-since" } : comparison;
}

/**
 * Asks the newest vfkit about the arguments as they are, and an older one, which need not know how to
 * spell things as newer ones do, about our own spelling of what they mean.
 */
export async function compareMeaning(argv: readonly string[], bench: Bench): Promise<Comparison> {
  if (bench.version === NEWEST) return compare(argv, bench);
  const { outcome, machine } = await judgeOurselves(argv, bench);
  if (outcome !== "run" && outcome !== "error") return { kind: "same-answer" };
  return compare(machine === undefined ? argv : toArgv(machine), bench);
}

export function compareVerdicts(real: Verdict, ours: OurVerdict, version: Version): Comparison {
  const needed = ours.machine === undefined ? undefined : requiredVersion(ours.machine);
  const isTooNew = needed !== undefined && !isSince(version, needed.version);
  const said = comparable(real, version);
  const read = comparable(forVersion(ours, version), version);
  const difference = {
    kind: "difference",
    real: real.error ?? said,
    ours: ours.error ?? (isTooNew ? `${read}, which needs ${needed.version}` : read),
  } as const;
  if (isTooNew) return said === read ? difference : { kind: "too-new" };
  if (said === read) return { kind: KIND_OF_SAME[real.outcome] };
  const reason = ours.error === undefined ? undefined : reasonOf(ours.error);
  if (reason === undefined || real.outcome !== "run") return difference;
  return { kind: "ours-alone-refuses", reason };
}

const KIND_OF_SAME = {
  run: "same-machine",
  error: "both-refuse",
  help: "same-answer",
  version: "same-answer",
  completion: "same-answer",
} as const;

/** Before 0.6.2 `--gui` added no devices. */
function forVersion(ours: OurVerdict, version: Version): OurVerdict {
  if (ours.machine === undefined || isSince(version, "0.6.2")) return ours;
  return { ...ours, inspect: toInspect({ ...ours.machine, gui: false }) };
}
