import { createHost, MachineError, systemErrorCode } from "@vfkit-machine/host";
import { stat } from "node:fs/promises";
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
  options: { readonly machine: string; readonly onEvent: (event: DownloadEvent) => void },
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
  const { fetchIso } = await import("./cache.js");
  return fetchIso(host, source, { storeDir: storeDirOf(cli), signal: cli.signal, emit });
}

async function requireFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).isFile()) return path;
  } catch (error) {
    const code = systemErrorCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
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
