import type { CleanupStack, Host } from "@vfkit-machine/host";
import { failure } from "./errors.js";
import type { SupportedMachine } from "./refusals.js";

/** Starts one virtiofsd for each virtio-fs device and returns their sockets, in order. */
export async function startSharedDirectories(
  _host: Host,
  machine: SupportedMachine,
  _cleanup: CleanupStack,
  _signal: AbortSignal,
): Promise<string[]> {
  if (!machine.devices.some(({ kind }) => kind === "virtio-fs")) return [];
  throw failure("ERR_VIRTIOFSD", "virtio-fs is not there yet");
}
