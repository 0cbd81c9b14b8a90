import { isMachineError, MachineError } from "@vfkit-machine/host";
import { checkMacAddress } from "./check-mac-address.js";
import type { Step } from "./context.js";
import { lockMachine, type MachineLock } from "./lock.js";

/**
 * Keeps every other creation from making a machine with the same MAC address until this one is in
 * the store, where they see it. A holder that died never blocks.
 *
 * @throws MachineError `ERR_CHECK_OPTION`
 */
export async function reserveMacAddress({
  host,
  store,
  config,
  signal,
}: Step): Promise<MachineLock> {
  const { macAddress } = config;
  // No machine can be called so.
  const name = `mac=${macAddress.replaceAll(":", "")}`;
  const lock = await lockMachine(host, store, name, {
    operation: "create",
    signal,
    timeoutMs: 0,
  }).catch((error: unknown) => {
    if (!isMachineError(error, "ERR_MACHINE_BUSY")) throw error;
    throw new MachineError(`a machine with the MAC address ${macAddress} is just being made`, {
      code: "ERR_CHECK_OPTION",
      hint: "Choose another, or leave it out: each name has one of its own.",
      cause: error,
    });
  });
  try {
    // Another may have been made since the first check.
    await checkMacAddress({ host, store, onEvent: undefined }, config);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}
