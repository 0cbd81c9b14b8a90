import { createHost, findExecutable, type Host } from "@vfkit-machine/host";
import type { DemoOptions } from "./demo.js";
import { VFM } from "./vfm.js";

/** What the demo and the suite need to know of where they run. */
export type Surroundings = DemoOptions;

const MINIKUBE_ISO = "minikube@1.38.0";
const DOWNLOAD_TIMEOUT_MS = 60 * 60_000;

/** Checks what must be installed on a Mac, and downloads the ISO once. */
export async function prepareMac(): Promise<Surroundings> {
  const host = createHost();
  if ((await findExecutable(host, "vfkit")) === undefined) {
    throw new Error("vfkit is not installed. Install it with: brew install vfkit");
  }
  const vmnetShared = await hasVmnetHelper();
  if (!vmnetShared) {
    process.stderr.write(
      "vmnet-helper is not installed: showing one nat machine. See https://github.com/nirs/vmnet-helper\n",
    );
  }
  process.stderr.write("Using minikube's ISO (downloaded once, about 400 MB)\n");
  const isoPath = await obtainIso(host);
  // minikube's ISO cannot unpack itself with less than about 2400 MiB.
  return { isoPath, vmnetShared, memory: "3GiB" };
}

/** From the cache of the person's own store, so that neither demo nor suite downloads it again. */
async function obtainIso(host: Host): Promise<string> {
  const result = await host.runner.run(process.execPath, [VFM, "cache", "add", MINIKUBE_ISO], {
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (result.exitCode === 0) return result.stdout.trim();
  throw new Error(result.stderr.trim());
}

async function hasVmnetHelper(): Promise<boolean> {
  const { findVmnetHelper } = await import("@vfkit-machine/vmnet-helper");
  return (await findVmnetHelper(createHost())) !== undefined;
}
