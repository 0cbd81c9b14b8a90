import { systemErrorCode } from "@vfkit-machine/host/errors";
import { readdir } from "node:fs/promises";
import type { Driver } from "./context.js";
import { isMachineEntry } from "./machine-entry.js";

/** Names of the machines in the store, in order. */
export async function machineNames({ store }: Driver): Promise<string[]> {
  try {
    const entries = await readdir(store.machines, { withFileTypes: true });
    return entries
      .filter((entry) => isMachineEntry(store.machines, entry))
      .map(({ name }) => name)
      .toSorted();
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return [];
    throw error;
  }
}
