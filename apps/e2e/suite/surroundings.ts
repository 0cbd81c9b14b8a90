import { createHost, removeTree } from "@vfkit-machine/host";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepLogs } from "../src/keep-logs.js";
import { openVfm, type Vfm } from "../src/vfm.js";

/** The ISO that every machine of the suite is made from. */
export const ISO: string = required("VFM_E2E_ISO");

/** True in the Linux lab, where firewall, sudo and bootpd can be told what to do. */
export const IN_LAB: boolean = process.env["VFM_LAB"] !== undefined;

/** True where a setuid sudo works: in the lab when it was entered as root, and not on a Mac's CI user. */
export const LAB_SUDO: boolean = IN_LAB && process.geteuid?.() !== 0;

/** False on a Mac without vmnet-helper. */
export const VMNET_SHARED: boolean = process.env["VFM_E2E_VMNET_SHARED"] !== "0";

/** Small machines: the lab emulates the CPU. minikube's ISO needs far more memory than the lab's. */
export const SIZE: readonly string[] = [
  "--cpus",
  "1",
  "--memory",
  process.env["VFM_E2E_MEMORY"] ?? "512MiB",
  "--disk",
  "2GiB",
];

/** The same memory, for programs that take a number of MiB. */
export const MEMORY_MIB: number = toMiB(process.env["VFM_E2E_MEMORY"] ?? "512MiB");

/** A store of its own, removed with every machine in it once their logs are kept. */
export async function openStore(): Promise<Vfm & AsyncDisposable> {
  // Short on purpose: paths of unix sockets are limited to about a hundred bytes. Real, because
  // processes are looked for by it: macOS' /tmp and /var are links.
  const home = await realpath(await mkdtemp(join(tmpdir(), "vfm-")));
  const vfm = openVfm(home);
  return {
    ...vfm,
    [Symbol.asyncDispose]: async () => {
      await keepLogs(home);
      await vfm.run(["rm", "--all", "--force"]);
      await removeTree(home);
    },
  };
}

/** Tells the lab what to do, as in `labctl("firewall", "block")`. */
export async function labctl(...args: readonly string[]): Promise<string> {
  const result = await createHost().runner.run("labctl", args);
  if (result.exitCode !== 0) throw new Error(`labctl ${args.join(" ")}: ${result.stderr}`);
  return result.stdout.trimEnd();
}

/** What a machine consists of while it runs; the lab's own servers are not among them. */
export async function machineProcesses(): Promise<readonly string[]> {
  const lines = (await labctl("processes")).split("\n");
  return lines.filter((line) => /--restful-uri|vmnet-helper|qemu-system|virtiofsd/.test(line));
}

export async function usedTaps(): Promise<readonly string[]> {
  return (await labctl("taps")).split("\n").filter((line) => line.includes("used"));
}

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`${name} is not set: run the suite through its e2e script`);
  }
  return value;
}

function toMiB(size: string): number {
  const [, count, unit] = /^(\d+)(MiB|GiB)$/.exec(size) ?? [];
  if (count === undefined) throw new Error(`VFM_E2E_MEMORY is not a size in MiB or GiB: "${size}"`);
  return Number(count) * (unit === "GiB" ? 1024 : 1);
}
