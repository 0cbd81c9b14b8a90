import { UsageError } from "./exit-codes.js";

/** A path of `vfm cp`: on this computer, or in a machine. */
export interface CopyPath {
  /** Undefined for this computer; empty for the machine called default. */
  readonly machine: string | undefined;
  readonly path: string;
}

/**
 * Reads `NAME:PATH` or a path of this computer. As with scp, a slash before the colon makes it a
 * path: `./a:b`.
 */
export function parseCopyPath(text: string): CopyPath {
  const colon = text.indexOf(":");
  if (colon < 0 || text.slice(0, colon).includes("/")) return { machine: undefined, path: text };
  return { machine: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** What a copy does: from several to one, in one direction. */
export interface CopyPlan {
  readonly machine: string;
  readonly direction: "up" | "down";
  readonly from: readonly string[];
  readonly to: string;
}

/** @param words at least two: from, ..., to. @throws UsageError */
export function planCopy(words: readonly string[]): CopyPlan {
  const paths = words.map(parseCopyPath);
  const to = paths.at(-1);
  const from = paths.slice(0, -1);
  const [first] = from;
  if (to === undefined || first === undefined) throw new UsageError("vfm cp needs FROM and TO");
  const machine = to.machine ?? first.machine;
  if (machine === undefined) {
    throw new UsageError("none of the paths is in a machine", "Write NAME:PATH for one that is.");
  }
  const direction = to.machine === undefined ? "down" : "up";
  const other = direction === "up" ? undefined : machine;
  if (from.some((each) => each.machine !== other)) {
    throw new UsageError(
      "files go from this computer to one machine, or from one machine to this computer",
      "Between two machines, copy to this computer first.",
    );
  }
  return { machine, direction, from: from.map(({ path }) => path), to: to.path };
}
