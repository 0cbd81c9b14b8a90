import {
  ensureSudo,
  isMachineError,
  readMacosVersion,
  type Host,
  type SudoOptions,
} from "@vfkit-machine/host";
import { notFoundError, sudoRefusedError } from "./errors.js";
import { helperSearchPaths, readHelperVersion } from "./find.js";
import { requireRootSafe } from "./root-safety.js";
import type { VmnetHelper } from "./types.js";

/**
 * Makes sure that the helper can be started: it is there and runs; when it needs root, only root can
 * replace it and sudo runs it without a password. With `consent: "ask"` the person is asked for the
 * password, once, on the terminal, and sudo remembers it for some minutes.
 *
 * @param helper what {@link findVmnetHelper} returned, undefined included
 * @throws MachineError `ERR_VMNET_HELPER_NOT_FOUND`, `ERR_VMNET_HELPER_BROKEN`,
 *   `ERR_VMNET_HELPER_UNSAFE`, `ERR_VMNET_HELPER_SUDO_REFUSED`, `ERR_COMMAND_NOT_FOUND` when it is
 *   there no more, `ERR_TIMEOUT` (default 60 s a step), `ERR_ABORTED`
 */
export async function checkVmnetHelper(
  host: Host,
  helper: VmnetHelper | undefined,
  options: SudoOptions = {},
): Promise<VmnetHelper> {
  if (helper === undefined) throw await notFound(host);
  if (!helper.needsRoot) {
    await readHelperVersion(host, helper.path, options);
    return helper;
  }
  await requireRootSafe(host, helper.path);
  try {
    await ensureSudo(host, [[helper.path, "--version"]], options);
  } catch (error) {
    if (!isMachineError(error, "ERR_SUDO_REFUSED")) throw error;
    throw sudoRefusedError(helper.path, error.message.split("\n").slice(2), error);
  }
  return helper;
}

/** `ERR_VMNET_HELPER_NOT_FOUND`, with the places that were looked at. */
async function notFound(host: Host): Promise<Error> {
  const macosVersion = await readMacosVersion(host);
  return notFoundError(await helperSearchPaths(host, macosVersion), macosVersion?.major);
}
