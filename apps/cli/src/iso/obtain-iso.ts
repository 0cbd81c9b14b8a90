import { createHost, MachineError, systemErrorCode } from "@vfkit-machine/host";
import { access, constants, stat } from "node:fs/promises";
import { storeDirOf, type CliContext } from "../cli-context.js";
import type { DownloadEvent, EmitDownload } from "../events.js";
import { parseIsoSource } from "./iso-source.js";

/**
 * The path of the ISO that a person named, downloaded when it must be.
 *
 * @param options.machine what the ISO is for, for the events
 */
export async function obtainIso(
  cli: CliContext,
  iso: string,
  options: {
    readonly machine: string;
    readonly onEvent: (event: DownloadEvent) => void;
    /** Called when the ISO is not on this computer yet. */
    readonly beforeDownload?: () => Promise<void>;
  },
): Promise<string> {
  const host = createHost();
  const source = parseIsoSource(iso, host.arch);
  if (source.kind === "file") return requireFile(source.path);
  const began = host.clock.monotonicMs();
  const emit: EmitDownload = (type, data) => {
    const elapsedMs = host.clock.monotonicMs() - began;
    const event = { type, machine: options.machine, at: host.clock.now(), elapsedMs, data };
    options.onEvent(event as DownloadEvent);
  };
  // Only here: a machine from a file never pays for loading undici.
  const { fetchIso, isCached } = await import("./cache.js");
  const storeDir = storeDirOf(cli);
  if (!(await isCached(storeDir, source))) await options.beforeDownload?.();
  return fetchIso(host, source, { storeDir, signal: cli.signal, emit });
}

async function requireFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).isFile()) {
      await access(path, constants.R_OK);
      return path;
    }
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === "EACCES" || code === "EPERM") {
      throw new MachineError(`may not read ${path}: permission denied`, {
        code: "ERR_CHECK_ISO",
        hint: `Allow yourself to read it (chmod u+r), or take a copy of your own. On macOS, also: System
Settings > Privacy & Security > Files and Folders: allow your terminal program.`,
        cause: error,
      });
    }
    if (code === undefined) throw error;
    if (code !== "ENOENT" && code !== "ENOTDIR") {
      throw new MachineError(`cannot read ${path}: ${code}`, {
        code: "ERR_CHECK_ISO",
        hint: "Give the path of an ISO image.",
        cause: error,
      });
    }
    throw new MachineError(`there is no ISO ${path}`, {
      code: "ERR_CHECK_ISO",
      hint: "Check the path, or let vfm download one: --iso minikube",
      cause: error,
    });
  }
  throw new MachineError(`${path} is not a file`, {
    code: "ERR_CHECK_ISO",
    hint: "Give the path of an ISO image.",
  });
}
