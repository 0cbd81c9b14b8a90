import { isMachineError, type Host } from "@vfkit-machine/host";
import {
  openVfkitClient,
  type CallOptions,
  type StateChange,
  type WaitForStateOptions,
} from "@vfkit-machine/vfkit-rest-client";
import type { MachinePaths } from "./machine-paths.js";

/** vfkit comes up within some hundredths of a second: this is what a start may wait too long. */
const INTERVAL_MS = 10;

interface RestSubject {
  readonly host: Host;
  readonly paths: Pick<MachinePaths, "vfkitSocket">;
}

/** vfkit's state, as in `Running`; undefined when it does not answer, or nothing that we understand. */
export async function askState(
  { host, paths }: RestSubject,
  options: CallOptions,
): Promise<string | undefined> {
  await using client = openVfkitClient({ socketPath: paths.vfkitSocket }, { clock: host.clock });
  try {
    return (await client.getState(options)).state;
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    host.logger.debug("vfkit does not answer", { error });
    return undefined;
  }
}

/** Asks vfkit for a change. @throws MachineError `ERR_VFKIT_...`, `ERR_TIMEOUT`, `ERR_ABORTED` */
export async function requestState(
  { host, paths }: RestSubject,
  change: StateChange,
  options: CallOptions,
): Promise<void> {
  await using client = openVfkitClient({ socketPath: paths.vfkitSocket }, { clock: host.clock });
  await client.requestState(change, options);
}

/** Waits for a state. @throws MachineError `ERR_TIMEOUT`, `ERR_VFKIT_...`, `ERR_ABORTED` */
export async function waitForState(
  { host, paths }: RestSubject,
  wanted: "Running" | "Paused",
  options: WaitForStateOptions,
): Promise<void> {
  await using client = openVfkitClient({ socketPath: paths.vfkitSocket }, { clock: host.clock });
  await client.waitForState(wanted, { intervalMs: INTERVAL_MS, ...options });
}
