// Inside the lab: the driver's start of a machine beside the same vfkit command line started by hand,
// in turn. Prints one line of JSON: the times of both in milliseconds.
import { createMachine } from "@vfkit-machine/driver";
import { createHost, inspectProcess, removeTree, terminate } from "@vfkit-machine/host";
import { mkdtemp } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { timeMs } from "../statistics.js";

const ROUNDS = Number(process.argv[2]);
const SSH_PORT = 22;
/** Between two attempts, which do not wait for each other: one without an answer hangs for seconds. */
const ATTEMPT_MS = 10;
const UNANSWERED_MS = 200;
const BANNER_TIMEOUT_MS = 120_000;
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
  await untilBanner();
  const tookMs = performance.now() - started;
  const identity = await inspectProcess(host, pid);
  if (identity !== undefined) await terminate(host, identity, { gracePeriodMs: 10_000 });
  await exited;
  return tookMs;
}

async function untilBanner(): Promise<void> {
  const sockets = new Set<Socket>();
  const deadline = AbortSignal.timeout(BANNER_TIMEOUT_MS);
  let isConnected = false;
  const seen = new AbortController();
  while (!seen.signal.aborted) {
    deadline.throwIfAborted();
    if (!isConnected) {
      const socket = createConnection({ host: ip, port: SSH_PORT });
      sockets.add(socket);
      const unanswered = setTimeout(() => socket.destroy(), UNANSWERED_MS);
      socket.once("connect", () => {
        clearTimeout(unanswered);
        isConnected = true;
      });
      socket.once("data", (bytes) => {
        if (bytes.toString("latin1").startsWith("SSH-")) seen.abort();
      });
      socket.once("error", () => undefined);
      socket.once("close", () => {
        clearTimeout(unanswered);
        sockets.delete(socket);
        isConnected = false;
      });
    }
    await sleep(ATTEMPT_MS);
  }
  for (const socket of sockets) socket.destroy();
}
