import { createBoot2dockerDisk } from "@vfkit-machine/boot2docker-disk";
import { generateKeyPair } from "@vfkit-machine/guest-ssh";
import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Benchmark, Row } from "../row.js";
import { withScratch } from "../scratch.js";
import { alternate } from "../statistics.js";

const ROUNDS = 31;
const MIB_PER_GIB = 1024;
const MIB_PER_TIB = 1024 * 1024;
const BLOCK_BYTES = 512;

/** A sparse disk costs the same whatever its size. */
export const disk: Benchmark = {
  name: "boot2docker-disk",
  home: "packages/boot2docker-disk",
  unavailable: async () => undefined,
  run: async () =>
    withScratch(async (directory) => {
      const path = join(directory, "disk.img");
      const { publicKey } = generateKeyPair({ comment: "bench" });
      const make = async (sizeMiB: number): Promise<void> => {
        await rm(path, { force: true });
        await createBoot2dockerDisk(path, { sizeMiB, publicKey });
      };
      const [oneTiB = 0, oneGiB = 0] = await alternate(
        ROUNDS,
        () => make(MIB_PER_TIB),
        () => make(MIB_PER_GIB),
      );
      await make(MIB_PER_TIB);
      const allocatedKiB = ((await stat(path)).blocks * BLOCK_BYTES) / 1024;
      const rows: Row[] = [
        {
          work: "boot2docker disk of 1 TiB",
          against: "one of 1 GiB",
          ours: oneTiB,
          rival: oneGiB,
          unit: "ms",
          reach: "within 20 %",
          reached: oneTiB <= oneGiB * 1.2,
        },
        {
          work: "boot2docker disk of 1 TiB",
          against: "space it takes",
          ours: allocatedKiB,
          rival: undefined,
          unit: "KiB",
          reach: "<= 16 KiB",
          reached: allocatedKiB <= 16,
        },
      ];
      return rows;
    }),
};
