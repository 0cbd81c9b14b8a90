import { isMachineError, type Host } from "@vfkit-machine/host";
import type {
  CallOptions,
  StateChange,
  VfkitClient,
  WaitForStateOptions,
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
  subject: RestSubject,
  options: CallOptions,
): Promise<string | undefined> {
  await using client = await openClient(subject);
  try {
    return (await client.getState(options)).state;
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    subject.host.logger.debug("vfkit does not answer", { error });
    return undefined;
  }
}

/** Asks vfkit for a change. @throws MachineError `ERR_VFKIT_...`, `ERR_TIMEOUT`, `ERR_ABORTED` */
export async function requestState(
  subject: RestSubject,
  change: StateChange,
  options: CallOptions,
): Promise<void> {
  await using client = await openClient(subject);
  await client.requestState(change, options);
}

/** Waits for a state. @throws MachineError `ERR_TIMEOUT`, `ERR_VFKIT_...`, `ERR_ABORTED` */
export async function waitForState(
  subject: RestSubject,
  wanted: "Running" | "Paused",
  options: WaitForStateOptions,
): Promise<void> {
  await using client = await openClient(subject);
  await client.waitForState(wanted, { intervalMs: INTERVAL_MS, ...options });
}

/** Loaded only here: there is nothing to ask while no machine runs. */
async function openClient({ host, paths }: RestSubject): Promise<VfkitClient> {
  const { openVfkitClient } = await import("@vfkit-machine/vfkit-rest-client");
  return openVfkitClient({ socketPath: paths.vfkitSocket }, { clock: host.clock });
}
