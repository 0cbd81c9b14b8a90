import { disk } from "./cases/disk.js";
import { leases } from "./cases/leases.js";
import type { Benchmark } from "./row.js";

/** In the order of the table. */
export const benchmarks: readonly Benchmark[] = [disk, leases];
