import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Host } from "@vfkit-machine/host";
import { ENVIRONMENT } from "./defaults.js";
import { failure } from "./errors.js";

/** Where locks, the verdict on KVM and short-lived sockets go. */
function runDirectory(host: Host): string {
  const given = host.env[ENVIRONMENT.runDir];
  if (given !== undefined && given !== "") return given;
  const runtimeDir = host.env["XDG_RUNTIME_DIR"];
  return runtimeDir === undefined || runtimeDir === ""
    ? join(host.tmpDir, `vfkit-qemu-${host.uid}`)
    : join(runtimeDir, "vfkit-qemu");
}

/**
 * Makes the run directory, for us alone, and returns it.
 *
 * @throws MachineError `ERR_RUN_DIRECTORY` when something else is there, or somebody else's directory
 */
export async function ensureRunDirectory(host: Host): Promise<string> {
  const path = runDirectory(host);
  await mkdir(path, { recursive: true, mode: 0o700 });
  const found = await lstat(path);
  if (found.isDirectory() && found.uid === host.uid) return path;
  throw failure("ERR_RUN_DIRECTORY", `${path} is not a directory of ours`, {
    hint: `Set ${ENVIRONMENT.runDir} to a directory of your own.`,
  });
}
