import type { CommandResult } from "@vfkit-machine/host";
import { fileURLToPath } from "node:url";
import type { CreateMachineOptions } from "../src/index.js";
import type { World } from "./world.js";

const DRIVE = fileURLToPath(new URL("fixtures/drive.mjs", import.meta.url));

export interface Drive {
  /** As in `start`. */
  readonly operation: string;
  /** The type of event at which the program kills itself; `none` to live. */
  readonly event: string;
  readonly options: CreateMachineOptions;
  /** More variables for the little programs. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Time goes so many times as fast for the driver. */
  readonly factor?: number | undefined;
}

/** Runs an operation in a program of its own. @returns how it ended; its stdout has the events */
export async function drive(
  world: World,
  { operation, event, options, env = {}, factor = 1 }: Drive,
): Promise<CommandResult> {
  const { directory, storeDir, sshPort } = world;
  const owned = { FAKE_OWNER: String(process.pid), ...env };
  const settings = JSON.stringify({ directory, storeDir, sshPort, env: owned, options, factor });
  return world.host.runner.run(process.execPath, [DRIVE, operation, event, settings], {
    timeoutMs: 120_000,
  });
}
