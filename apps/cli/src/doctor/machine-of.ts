import { asPsPrints } from "@vfkit-machine/host";
import { join } from "node:path";

/**
 * The machine of this store that a vfkit or vmnet-helper was started for, by the files that its
 * command line names: vfkit's kernel, the helper's socket. A helper whose socket lies in a short
 * directory outside of the machine's own names none.
 *
 * @param command as a process table has it; macOS' `ps` spells out what is not ASCII
 * @param store absolute, with links resolved
 */
export function machineOf(command: string, store: string): string | undefined {
  if (!/ --restful-uri |vmnet-helper\b.* --socket /.test(command)) return undefined;
  const machines = `${join(store, "machines")}/`;
  for (const prefix of [machines, asPsPrints(machines)]) {
    const at = command.indexOf(prefix);
    const name = at === -1 ? undefined : /^([^/ ]+)\//.exec(command.slice(at + prefix.length))?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
