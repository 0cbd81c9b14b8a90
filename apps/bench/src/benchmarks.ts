import { cliStart } from "./cases/cli-start.js";
import { disk } from "./cases/disk.js";
import { isoExtract } from "./cases/iso-extract.js";
import { isoList } from "./cases/iso-list.js";
import { labStart } from "./cases/lab-start.js";
import { leases } from "./cases/leases.js";
import { parallelStart } from "./cases/parallel-start.js";
import { rest } from "./cases/rest.js";
import type { Benchmark } from "./row.js";

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [
  isoExtract,
  isoList,
  disk,
  leases,
  rest,
  labStart,
  parallelStart,
  cliStart,
];
