// Inside the lab: the driver's start of a machine beside the same vfkit command line started by hand,
// in turn. Prints one line of JSON: the times of both in milliseconds.
import { createMachine } from "@vfkit-machine/driver";
import { createHost, inspectProcess, removeTree, terminate } from "@vfkit-machine/host";
import { mkdtemp } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { timeMs } from "../statistics.js";

const ROUNDS = Number(process.argv[2]);
const SSH_PORT = 22;
const LOOK_MS = 5;
const host = createHost();
const storeDir = await mkdtemp(join(tmpdir(), "b-"));
let argv: readonly string[] = [];
const machine = await createMachine(
  {
    name: "b",
    iso: process.env["VFM_LAB_ISO"] ?? "",
    cpus: 1,
    memoryMiB: 512,
    diskSizeMiB: 1024,
    start: false,
  },
  {
    host,
    storeDir,
    onEvent: (event) => {
      if (event.type === "start.vfkit.spawned") argv = event.data.argv;
    },
  },
);
// The first boot formats the disk.
await machine.start();
const ip = await machine.getIP();
await machine.stop();

const driver: number[] = [];
const byHand: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  driver.push(await timeMs(() => machine.start()));
  await machine.stop();
  byHand.push(await startByHand());
}
await machine.remove();
await removeTree(storeDir);
process.stdout.write(`${JSON.stringify({ driver, byHand })}\n`);

/** vfkit as a person would start it, until the guest's SSH shows its banner. */
async function startByHand(): Promise<number> {
  const [file = "", ...args] = argv;
  const started = performance.now();
  const { pid, exited } = await host.runner.startDaemon(file, args);
  while (!(await showsBanner())) await sleep(LOOK_MS);
  const tookMs = performance.now() - started;
  const identity = await inspectProcess(host, pid);
  if (identity !== undefined) await terminate(host, identity, { gracePeriodMs: 10_000 });
  await exited;
  return tookMs;
}

function showsBanner(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: ip, port: SSH_PORT });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(500, () => end(false));
    socket.once("data", (bytes) => end(bytes.toString("latin1").startsWith("SSH-")));
    socket.once("error", () => end(false));
  });
}
