import { createHost, removeTree } from "@vfkit-machine/host";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVfm } from "./vfm.js";

/** What the soak did, and what is there at its end and should not be. */
export interface SoakReport {
  readonly cycles: number;
  readonly machines: number;
  readonly seconds: number;
  readonly problems: readonly string[];
}

const SIZE = ["--cpus", "1", "--memory", "512MiB", "--disk", "2GiB"];
const MACHINE_PROCESS = /--restful-uri|vmnet-helper|qemu-system|virtiofsd/;

/**
 * Starts and stops machines of the lab, all of them side by side, and removes them. Lab only: it
 * looks at every process and tap.
 *
 * @param cycles starts with a stop each, of all machines together
 */
export async function soak(
  isoPath: string,
  { cycles, machines }: { readonly cycles: number; readonly machines: number },
): Promise<SoakReport> {
  const home = await mkdtemp(join(tmpdir(), "vfm-soak-"));
  const vfm = openVfm(home);
  const began = performance.now();
  const names = Array.from({ length: machines }, (_, index) => `m${index}`);
  const problems: string[] = [];
  try {
    for (const name of names) {
      await vfm.ok("create", name, "--no-start", "--iso", isoPath, ...SIZE);
    }
    const files = await filesOf(home);
    for (let done = 0; done < cycles;) {
      const round = names.slice(0, cycles - done);
      await Promise.all(round.map((name) => vfm.ok("start", name)));
      await Promise.all(round.map((name) => vfm.ok("ssh", name, "--", "date >>soak && sync")));
      await Promise.all(round.map((name) => vfm.ok("stop", name)));
      done += round.length;
      problems.push(...(await leftRunning()));
    }
    const added = (await filesOf(home)).filter((path) => !files.includes(path) && !isKept(path));
    problems.push(...added.map((path) => `file ${path}`));
    await vfm.ok("rm", "--force", ...names);
    problems.push(...(await filesOf(home)).map((path) => `file ${path} after rm`));
  } finally {
    await vfm.run(["rm", "--all", "--force"]);
    await removeTree(home);
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  return { cycles, machines, seconds, problems };
}

async function leftRunning(): Promise<readonly string[]> {
  const { runner } = createHost();
  const [processes, taps] = await Promise.all([
    runner.run("labctl", ["processes"]),
    runner.run("labctl", ["taps"]),
  ]);
  return [
    ...processes.stdout.split("\n").filter((line) => MACHINE_PROCESS.test(line)),
    ...taps.stdout.split("\n").filter((line) => line.includes("used")),
  ];
}

async function filesOf(home: string): Promise<readonly string[]> {
  const found = await readdir(home, { recursive: true });
  return found.filter((path) => !["machines", "locks", "run"].includes(path));
}

/** What a machine has once it has been started, and keeps. */
function isKept(path: string): boolean {
  return /\.log(?:\.1)?$|known_hosts$|last-start\.json$/.test(path);
}
