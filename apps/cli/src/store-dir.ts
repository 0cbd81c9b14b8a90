import { MachineError } from "@vfkit-machine/host/errors";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";

/**
 * Absolute path of the store: `--store`, else `$VFM_HOME`, else `~/.vfm`.
 *
 * @param given the value of `--store`
 * @throws MachineError `ERR_CHECK_STORE` when `$VFM_HOME` is not absolute
 */
export function chooseStoreDir(given: string | undefined): string {
  if (given !== undefined) return resolve(given);
  const home = process.env["VFM_HOME"] ?? "";
  if (home === "") return join(homedir(), ".vfm");
  if (isAbsolute(home)) return home;
  throw new MachineError(`VFM_HOME is not an absolute path: ${JSON.stringify(home)}`, {
    code: "ERR_CHECK_STORE",
    hint: "Write it whole, as in VFM_HOME=$HOME/machines, or use --store.",
  });
}
