import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Benchmark, Row } from "../row.js";
import { withScratch } from "../scratch.js";
import { alternate } from "../statistics.js";
import { runWhole } from "../whole-process.js";

const MACHINES = 100;
const ROUNDS = 25;
const REACH = 1.5;
const VFM = fileURLToPath(new URL("../../../cli/dist/main.js", import.meta.url));

/** What a prompt, a completion or a script waits for. */
export const cliStart: Benchmark = {
  name: "cli: start",
  home: "apps/cli",
  unavailable: async () => (existsSync(VFM) ? undefined : "the CLI is not built"),
  run: async () =>
    withScratch(async (home) => {
      await makeMachines(home);
      const vfm = (...args: readonly string[]): void =>
        runWhole("env", [`VFM_HOME=${home}`, process.execPath, VFM, ...args]);
      const [bare = 0, version = 0, list = 0] = await alternate(
        ROUNDS,
        () => runWhole("env", [`VFM_HOME=${home}`, process.execPath, "-e", "0"]),
        () => vfm("--version"),
        () => vfm("list"),
      );
      const row = (work: string, ours: number): Row => ({
        work,
        against: "node -e 0",
        ours,
        rival: bare,
        unit: "ms",
        reach: `<= ${REACH.toFixed(2)} x`,
        reached: ours <= bare * REACH,
      });
      return [
        row("vfm --version, whole process", version),
        row(`vfm list with ${MACHINES} machines, whole process`, list),
      ];
    }),
};

/** Machines as `vfm create --no-start` leaves them, but for their disks, which a list does not open. */
async function makeMachines(home: string): Promise<void> {
  for (let number = 0; number < MACHINES; number += 1) {
    const name = `machine-${number}`;
    const directory = join(home, "machines", name);
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const config = {
      schemaVersion: 1,
      createdAt: "2026-11-20T10:00:00.000Z",
      name,
      cpus: 2,
      memoryMiB: 4096,
      diskSizeMiB: 20_480,
      extraDiskSizesMiB: [],
      network: "nat",
      macAddress: `5a:94:ef:e4:0c:${number.toString(16).padStart(2, "0")}`,
      mounts: [],
      kernelCmdline: "",
      sshPort: 22,
      sshUser: "docker",
      vmnetInterfaceId: "3b9f0f3a-55c7-4bb1-9c4f-0123456789ab",
      socketDir: directory,
    };
    await writeFile(join(directory, "config.json"), `${JSON.stringify(config, undefined, 2)}\n`);
  }
}
