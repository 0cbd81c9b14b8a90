import { MachineError } from "@vfkit-machine/host";
import { randomUUID } from "node:crypto";
import type { ParsedOptions } from "./config-schema.js";
import { CONFIG_VERSION } from "./config-version.js";
import type { Driver } from "./context.js";
import { machineDirectory } from "./machine-paths.js";

import { chooseSocketDir, temporaryDirectories } from "./socket-dir.js";
import type { MachineConfig } from "./types.js";

/**
 * The configuration of a machine that is to be made, with what its place in the store decides.
 *
 * @throws MachineError `ERR_CHECK_STORE`, `ERR_CHECK_SOCKET_PATH`
 */
export async function buildConfig(
  { host, store }: Driver,
  wanted: ParsedOptions,
): Promise<MachineConfig> {
  const { iso: _iso, ...options } = wanted;
  const directory = machineDirectory(store, options.name);
  requirePlainPath(directory);
  return {
    schemaVersion: CONFIG_VERSION,
    createdAt: new Date(host.clock.now()).toISOString(),
    ...options,
    vmnetInterfaceId: randomUUID(),
    socketDir: chooseSocketDir(directory, options.network, store, await temporaryDirectories(host)),
  };
}

/** A comma would split vfkit's options, and ssh has no spelling for the others. */
function requirePlainPath(directory: string): void {
  const found = /[,"\\\u0000-\u001f\u007f]|\$\{/.exec(directory)?.[0];
  if (found === undefined) return;
  throw new MachineError(
    `the store's path has ${JSON.stringify(found)}, which vfkit or ssh cannot take: ${JSON.stringify(directory)}`,
    { code: "ERR_CHECK_STORE", hint: "Choose another directory with VFM_HOME." },
  );
}
