import { systemErrorCode } from "@vfkit-machine/host";
import { stat, statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import { formatSizeMiB } from "../format-size.js";
import { counted, type Check, type Examination, type Finding } from "./types.js";

const MIB = 1024 * 1024;
const LITTLE_SPACE_MIB = 10 * 1024;
const NO_SPACE_MIB = 1024;
/** With less, minikube's ISO cannot unpack itself. */
const MINIKUBE_MEMORY_MIB = 2400;
/** Smaller images unpack in less memory: minikube's has about 400 MB. */
const LARGE_ISO_BYTES = 200 * MIB;
/** What macOS itself wants to keep. */
const HOST_MEMORY_MIB = 2048;
/** In a machine's directory, `STORE/machines/NAME`, vfkit binds a socket with a name of its own. */
const DIRECTORY_BYTES = 81 - Buffer.byteLength("/machines/");

export const checkSpace: Check = async ({ storeDir }) => {
  const { bavail, bsize } = await statfs(await nearestDirectory(storeDir));
  const freeMiB = Math.floor((bavail * bsize) / MIB);
  const message = `${formatSizeMiB(freeMiB)} are free for ${storeDir}`;
  const hint = "Free some space: vfm cache prune --all, or another place with VFM_HOME.";
  if (freeMiB < NO_SPACE_MIB) return [{ check: "space", status: "fail", message, hint }];
  if (freeMiB < LITTLE_SPACE_MIB) return [{ check: "space", status: "warn", message, hint }];
  return [{ check: "space", status: "pass", message }];
};

export const checkMemory: Check = async (examination) => {
  const { machines } = examination;
  const totalMiB = Math.floor(totalmem() / MIB);
  const running = machines.filter(({ state }) => state === "Running" || state === "Paused");
  const usedMiB = running.reduce((sum, { memoryMiB = 0 }) => sum + memoryMiB, 0);
  const message =
    `${formatSizeMiB(usedMiB)} of ${formatSizeMiB(totalMiB)} are promised to ` +
    `${counted(running.length, "running machine")}; ${formatSizeMiB(Math.floor(freemem() / MIB))} are free`;
  const crowded = usedMiB > totalMiB - HOST_MEMORY_MIB && running.length > 0;
  const findings: Finding[] = [
    crowded
      ? {
          check: "memory",
          status: "warn",
          message,
          hint: "Stop some machines, or give them less: vfm set NAME --memory 2GiB.",
        }
      : { check: "memory", status: "pass", message },
  ];
  return [...findings, ...(await tooSmallForIso(examination))];
};

export const checkSocketPath: Check = async ({ storeDir }) => {
  const left = DIRECTORY_BYTES - Buffer.byteLength(storeDir);
  if (left >= 16) {
    const message = `names of up to ${left} bytes keep their sockets in the store`;
    return [{ check: "socket-path", status: "pass", message }];
  }
  return [
    {
      check: "socket-path",
      status: "pass",
      message: `the store's path is long: sockets go to a short directory elsewhere (${storeDir})`,
    },
  ];
};

async function tooSmallForIso({ machines, storeDir }: Examination): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, memoryMiB } of machines) {
    if (memoryMiB === undefined || memoryMiB >= MINIKUBE_MEMORY_MIB) continue;
    const iso = await sizeOf(join(storeDir, "machines", name, "boot2docker.iso"));
    if (iso < LARGE_ISO_BYTES) continue;
    findings.push({
      check: "memory",
      status: "warn",
      message: `${name} has ${formatSizeMiB(memoryMiB)} and an ISO of ${formatSizeMiB(Math.ceil(iso / MIB))}, which may not unpack`,
      hint: `vfm set ${name} --memory 3GiB`,
    });
  }
  return findings;
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    return 0;
  }
}

async function nearestDirectory(path: string): Promise<string> {
  try {
    return (await stat(path)).isDirectory() ? path : dirname(path);
  } catch (error) {
    if (systemErrorCode(error) === undefined || dirname(path) === path) throw error;
    return nearestDirectory(dirname(path));
  }
}
