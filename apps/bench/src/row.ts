/** One line of the table: our work beside what a user would use instead. */
export interface Row {
  readonly work: string;
  readonly against: string;
  /** Median, in `unit`. */
  readonly ours: number;
  /** Median, in `unit`; undefined where the reach is an absolute figure. */
  readonly rival: number | undefined;
  readonly unit: "ms" | "us" | "MiB" | "KiB";
  /** As in `<= 1.10 x` or `<= 5 ms`. */
  readonly reach: string;
  readonly reached: boolean;
  /** What a reader must know to judge the figure. */
  readonly note?: string;
}

/** A benchmark: measures, and says what it saw. */
export interface Benchmark {
  readonly name: string;
  /** Whose README shows the rows, as in `packages/driver`. */
  readonly home: string;
  /** Why it cannot run here; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  run(): Promise<readonly Row[]>;
}

/** Ours over rival. */
export function ratioOf(row: Row): number | undefined {
  return row.rival === undefined || row.rival === 0 ? undefined : row.ours / row.rival;
}
