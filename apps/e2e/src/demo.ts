import { removeTree } from "@vfkit-machine/host";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { openVfm, type Vfm } from "./vfm.js";

/** What the demo can show on this host. */
export interface DemoOptions {
  readonly isoPath: string;
  /** False where vmnet-helper is absent: one `nat` machine instead of two that talk. */
  readonly vmnetShared: boolean;
  /** Memory of each machine, as `vfm` takes it. */
  readonly memory: string;
}

/**
 * The main job, whole, through the command a user types. Prints every command and what it prints.
 *
 * @throws Error when something is not as it should be
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  // Short on purpose: paths of unix sockets are limited to about a hundred bytes.
  const home = await mkdtemp(join(tmpdir(), "vfm-demo-"));
  const vfm = openVfm(home);
  const before = Date.now();
  try {
    await (options.vmnetShared ? showTwoMachines(vfm, options) : showOneMachine(vfm, options));
    const left = await readdir(join(home, "machines"));
    expectThat(left.length === 0, `machines are left behind: ${left.join(", ")}`);
    say(`\nDone in ${Math.round((Date.now() - before) / 1000)} s.`);
  } finally {
    await vfm.run(["rm", "--all", "--force", "--quiet"]);
    await removeTree(home);
  }
}

async function showTwoMachines(vfm: Vfm, options: DemoOptions): Promise<void> {
  title("Two machines on vmnet-shared: they reach each other");
  const size = ["--cpus", "1", "--memory", options.memory, "--disk", "2GiB"];
  const iso = ["--iso", options.isoPath];
  for (const name of ["c1", "c2"]) {
    await show(vfm, ["create", name, ...iso, ...size, "--network", "vmnet-shared"]);
  }
  await show(vfm, ["list"]);
  await show(vfm, ["ssh", "c1", "--", "uname", "-srm"]);
  const c2 = await vfm.ok("ip", "c2");
  const reached = await show(vfm, ["ssh", "c1", "--", "ping", "-c", "3", c2]);
  expectThat(/ 0% packet loss/.test(reached.stdout), "c1 does not reach c2");
  await show(vfm, ["stop", "c1", "c2"]);
  await show(vfm, ["status", "c1", "c2"]);
  await show(vfm, ["rm", "c1", "c2"]);

  title("Two machines on nat: they reach out, but not each other");
  for (const name of ["n1", "n2"]) await show(vfm, ["create", name, ...iso, ...size]);
  await show(vfm, ["list"]);
  const n2 = await vfm.ok("ip", "n2");
  const isolated = await show(vfm, ["ssh", "n1", "--", "ping", "-c", "3", "-W", "2", n2], {
    mayFail: true,
  });
  expectThat(
    / 100% packet loss/.test(isolated.stdout),
    "n1 reaches n2, which nat should not allow",
  );
  await show(vfm, ["stop", "n1", "n2"]);
  await show(vfm, ["rm", "n1", "n2"]);
  await show(vfm, ["list"]);
}

async function showOneMachine(vfm: Vfm, options: DemoOptions): Promise<void> {
  title("One machine on nat (vmnet-helper is not installed)");
  await show(vfm, ["create", "n1", "--iso", options.isoPath, "--memory", options.memory]);
  await show(vfm, ["list"]);
  await show(vfm, ["ssh", "n1", "--", "uname", "-srm"]);
  await show(vfm, ["stop", "n1"]);
  await show(vfm, ["status", "n1"]);
  await show(vfm, ["rm", "n1"]);
}

/** Types a command, shows what it prints as it comes, and insists that it succeeds. */
async function show(
  vfm: Vfm,
  args: readonly string[],
  { mayFail = false } = {},
): Promise<{ readonly stdout: string }> {
  say(`\n$ vfm ${args.join(" ")}`);
  const child = spawn(process.execPath, [vfm.entry, ...args], {
    // A person watches: colours as the terminal has them.
    env: { ...vfm.env, NO_COLOR: process.env["NO_COLOR"] },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    process.stdout.write(text);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (!mayFail) expectThat(exitCode === 0, `vfm ${args[0]} exited with code ${exitCode}`);
  return { stdout };
}

function expectThat(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`demo: ${otherwise}`);
}

function title(text: string): void {
  say(`\n${text}\n${"-".repeat(text.length)}`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
