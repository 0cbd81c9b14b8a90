import { abortedError } from "@vfkit-machine/host/errors";
import type { Driver } from "./context.js";
import { quietSummary, readStoreEntries } from "./quiet-summary.js";
import { openStore } from "./store.js";
import type { DriverContext, MachineSummary, OperationOptions } from "./types.js";

/**
 * {@link listMachines} for a store in which every machine lies still and nothing was left behind: fast,
 * and without a process, a socket or another module.
 *
 * @param context.storeDir absolute path of the store
 * @returns undefined when something needs a closer look; that is what {@link listMachines} is for
 * @throws MachineError `ERR_CHECK_STORE`
 */
export async function listQuietMachines({
  storeDir,
}: {
  readonly storeDir: string;
}): Promise<MachineSummary[] | undefined> {
  const store = await openStore({ env: {}, homeDir: "" }, storeDir);
  const { names, leftovers, locks } = readStoreEntries(store);
  if (leftovers || locks.size > 0) return undefined;
  const machines: MachineSummary[] = [];
  for (const name of names) {
    const quiet = quietSummary(store, name);
    if (quiet === undefined) return undefined;
    machines.push(quiet);
  }
  return machines;
}

/**
 * Every machine of the store, by name, each with its state. Waits for no lock; a machine that cannot
 * be read is listed with the reason.
 *
 * What a running machine, a lock or a leftover needs is loaded when there is one, so that a program
 * that only lists starts fast: `@vfkit-machine/driver/list` has this function without all the rest.
 *
 * @throws MachineError `ERR_CHECK_STORE`, `ERR_ABORTED`
 */
export async function listMachines(
  context: DriverContext & OperationOptions = {},
): Promise<MachineSummary[]> {
  const { signal } = context;
  if (signal?.aborted === true) throw abortedError("listing machines", signal);
  let opening: Promise<Driver> | undefined;
  const openWhole = (): Promise<Driver> => (opening ??= openDriver(context));
  const store =
    context.host === undefined && context.storeDir === undefined
      ? (await openWhole()).store
      : await openStore(context.host ?? { env: {}, homeDir: "" }, context.storeDir);
  const entries = readStoreEntries(store);
  if (entries.leftovers || entries.locks.size > 0) {
    const { sweepLeftovers } = await import("./sweep.js");
    await sweepLeftovers(await openWhole());
  }
  return Promise.all(
    entries.names.map(async (name) => {
      const quiet = entries.locks.has(name) ? undefined : quietSummary(store, name);
      if (quiet !== undefined) return quiet;
      const { summarise } = await import("./summarise.js");
      return summarise(await openWhole(), name, signal);
    }),
  );
}

async function openDriver(context: DriverContext): Promise<Driver> {
  const whole = await import("./context.js");
  return whole.openDriver(context);
}
