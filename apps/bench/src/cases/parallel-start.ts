import { createMachine, type Machine } from "@vfkit-machine/driver";
import {
  createHost,
  type Host,
  type HostPaths,
  removeIfPresent,
  removeTree,
} from "@vfkit-machine/host";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Benchmark, Row } from "../row.js";
import { median, timeMs } from "../statistics.js";

const TOGETHER = 8;
const ROUNDS = 5;
/** What the little guest takes to boot; a real one takes some seconds more. */
const BOOT_MS = 2_000;
const US_PER_MS = 1000;

/** The little vfkit and its guest, which the driver's own tests use. */
interface Fixtures {
  makeSurroundings(options: {
    readonly directory: string;
    readonly sshPort: number;
    readonly env: Readonly<Record<string, string>>;
  }): { readonly env: Host["env"]; readonly paths: HostPaths };
  writeTinyIso(path: string): unknown;
}

export const parallelStart: Benchmark = {
  name: "driver: start of 8 machines",
  home: "packages/driver",
  unavailable: async () => undefined,
  run: measure,
};

async function measure(): Promise<readonly Row[]> {
  // Short: the sockets of the machines are below it.
  const directory = await mkdtemp(join(tmpdir(), "b-"));
  try {
    const fixtures = await loadFixtures();
    const sshPort = await freePort();
    const env = { FAKE_LEASE_DELAY_MS: String(BOOT_MS) };
    const made = fixtures.makeSurroundings({ directory, sshPort, env });
    const host = createHost({ ...made, homeDir: directory, tmpDir: directory });
    const iso = join(directory, "b2d.iso");
    fixtures.writeTinyIso(iso);
    const machines = await Promise.all(
      Array.from({ length: TOGETHER }, (_, index) =>
        createMachine(
          { name: `m${index}`, iso, diskSizeMiB: 16, sshPort, start: false },
          { host, storeDir: join(directory, "s") },
        ),
      ),
    );
    const first = machines.slice(0, 1);
    const one: Sample[] = [];
    const eight: Sample[] = [];
    for (let round = 0; round <= ROUNDS; round += 1) {
      const leases = made.paths.dhcpdLeases;
      const samples = [await startAll(first, leases), await startAll(machines, leases)] as const;
      if (round === 0) continue;
      one.push(samples[0]);
      eight.push(samples[1]);
    }
    return rowsOf(one, eight);
  } finally {
    await removeTree(directory);
  }
}

interface Sample {
  readonly wallMs: number;
  /** CPU time of this process, where the driver runs, for each machine. */
  readonly cpuMs: number;
}

async function startAll(machines: readonly Machine[], leases: string): Promise<Sample> {
  // A lease of the round before would be tried at once, and the little guest answers at once.
  await removeIfPresent(leases);
  const before = process.cpuUsage();
  const wallMs = await timeMs(() => Promise.all(machines.map((machine) => machine.start())));
  const used = process.cpuUsage(before);
  await Promise.all(machines.map((machine) => machine.stop()));
  return { wallMs, cpuMs: (used.user + used.system) / US_PER_MS / machines.length };
}

function rowsOf(one: readonly Sample[], eight: readonly Sample[]): readonly Row[] {
  const wall = [eight, one].map((samples) => median(samples.map(({ wallMs }) => wallMs)));
  const cpu = [eight, one].map((samples) => median(samples.map(({ cpuMs }) => cpuMs)));
  return [
    rowOf(`start ${TOGETHER} machines together, until the last answers`, "1 machine", wall),
    rowOf(
      `driver's CPU time for each of ${TOGETHER} machines started together`,
      "of 1 machine",
      cpu,
    ),
  ];
}

function rowOf(work: string, against: string, [ours = 0, rival = 0]: readonly number[]): Row {
  return {
    work,
    against,
    ours,
    rival,
    unit: "ms",
    reach: "<= 1.5 x",
    reached: ours <= rival * 1.5,
    note: `a guest that boots in ${BOOT_MS} ms; vfkit and guests are Node.js programs on the same cores`,
  };
}

async function loadFixtures(): Promise<Fixtures> {
  const folder = new URL("../../../../packages/driver/test/fixtures/", import.meta.url);
  const [surroundings, tinyIso] = (await Promise.all([
    import(new URL("surroundings.mjs", folder).href),
    import(new URL("tiny-iso.mjs", folder).href),
  ])) as [Pick<Fixtures, "makeSurroundings">, Pick<Fixtures, "writeTinyIso">];
  return { ...surroundings, ...tinyIso };
}

/** The guests listen on addresses of their own: free on one is good enough for all. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
