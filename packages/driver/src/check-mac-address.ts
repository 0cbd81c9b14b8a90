import { MachineError } from "@vfkit-machine/host";
import { readSubject, type Driver } from "./context.js";
import { machineNames } from "./machine-names.js";
import type { MachineConfig } from "./types.js";

/**
 * Two machines with one MAC address would get one IP address.
 *
 * @throws MachineError `ERR_CHECK_OPTION`
 */
export async function checkMacAddress(
  driver: Driver,
  { name, macAddress }: MachineConfig,
): Promise<void> {
  for (const other of await machineNames(driver)) {
    if (other === name) continue;
    // One that cannot be read does not start either.
    const subject = await readSubject(driver, other).catch(() => undefined);
    if (subject?.config.macAddress !== macAddress) continue;
    throw new MachineError(`${other} has the MAC address ${macAddress} already`, {
      code: "ERR_CHECK_OPTION",
      hint: "Choose another, or leave it out: each name has one of its own.",
    });
  }
}
