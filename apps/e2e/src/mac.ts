import { createHost, findExecutable } from "@vfkit-machine/host";
import { join } from "node:path";
import { downloadOnce } from "./download.js";
import type { DemoOptions } from "./demo.js";

/** What the demo and the suite need to know of where they run. */
export type Surroundings = DemoOptions;

const MINIKUBE_ISO_VERSION = "v1.38.0";

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
  const arch = host.arch === "arm64" ? "arm64" : "amd64";
  const name = `minikube-${MINIKUBE_ISO_VERSION}-${arch}.iso`;
  const isoPath = join(host.homeDir, ".vfm", "cache", "iso", name);
  process.stderr.write(`Using ${name} (downloaded once, about 400 MB)\n`);
  await downloadOnce(`https://storage.googleapis.com/minikube/iso/${name}`, isoPath);
  // minikube's ISO cannot unpack itself with less than about 2400 MiB.
  return { isoPath, vmnetShared, memory: "3GiB" };
}

async function hasVmnetHelper(): Promise<boolean> {
  const { findVmnetHelper } = await import("@vfkit-machine/vmnet-helper");
  return (await findVmnetHelper(createHost())) !== undefined;
}
