import { assertSuccess, isMachineError, type Host, type WaitOptions } from "@vfkit-machine/host";
import { PROBE_TIMEOUT_MS } from "./defaults.js";
import { brokenError } from "./errors.js";
import type { VmnetHelper } from "./types.js";

/** Names of interfaces as they are passed on the command line: words, never options. */
const NAME = /^[A-Za-z0-9][\w.:-]{0,127}$/;

/**
 * Asks the helper to which interfaces of the host a network of mode `bridged` can be bridged, as in
 * `en0`: what `sharedInterface` takes. Needs no root.
 *
 * @throws MachineError `ERR_VMNET_HELPER_BROKEN`, `ERR_TIMEOUT` (default 10 s), `ERR_ABORTED`
 */
export async function listSharedInterfaces(
  host: Host,
  { path }: Pick<VmnetHelper, "path">,
  { signal, timeoutMs = PROBE_TIMEOUT_MS }: WaitOptions = {},
): Promise<string[]> {
  const result = await host.runner
    .run(path, ["--list-shared-interfaces"], { signal, timeoutMs })
    .then(assertSuccess)
    .catch((error: unknown) => {
      if (isMachineError(error, "ERR_TIMEOUT", "ERR_ABORTED")) throw error;
      throw brokenError(`${path} --list-shared-interfaces failed`, error);
    });
  const names = parseSharedInterfaces(result.stdout);
  if (names !== undefined) return names;
  const said = JSON.stringify(result.stdout.slice(0, 200));
  throw brokenError(`${path} --list-shared-interfaces printed no list of names: ${said}`);
}

/** Reads what `vmnet-helper --list-shared-interfaces` prints: a name a line. Undefined when it is none. Pure. */
export function parseSharedInterfaces(stdout: string): string[] | undefined {
  const names = stdout.split("\n").map((line) => line.trim());
  const given = names.filter((name) => name !== "");
  return given.every((name) => NAME.test(name)) ? given : undefined;
}
