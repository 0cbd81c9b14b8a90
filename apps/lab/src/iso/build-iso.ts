import {
  assertSuccess,
  MachineError,
  readTree,
  type Host,
  type WaitOptions,
} from "@vfkit-machine/host";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { openForeignApt, type Apt } from "./apt.js";
import { firstDependency, unpackPackages, withLibraries } from "./debian-packages.js";
import { assembleGuestTree, busyboxOf } from "./guest-tree.js";
import { installKernel, installModules } from "./kernel.js";
import { recipeFor, type GuestRecipe } from "./recipe.js";

const BUILD_TIMEOUT_MS = 2 * 60_000;

export interface BuildIsoInput {
  /** The directory `guest` of this app. */
  readonly guestFiles: string;
  /** Made for the work and removed afterwards. */
  readonly workDirectory: string;
  /** Appears whole or not at all. */
  readonly isoPath: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Builds the guest's ISO: `/boot/bzimage` and `/boot/initrd`, with Rock Ridge and Joliet, as
 * boot2docker's and minikube's are. For another architecture than this computer's too: nothing of the
 * guest is run to make it.
 *
 * @param host its `arch` is the guest's
 * @throws MachineError `ERR_LAB_ARCHITECTURE`, `ERR_LAB_PACKAGE_UNKNOWN`, `ERR_LAB_GUEST_INCOMPLETE`,
 *   `ERR_COMMAND_FAILED`
 */
export async function buildIso(host: Host, input: BuildIsoInput): Promise<void> {
  const { guestFiles, workDirectory, isoPath, signal } = input;
  const recipe = requireRecipe(host.arch);
  const [unpacked, tree, image] = ["unpacked", "tree", "image"].map((name) =>
    join(workDirectory, name),
  ) as [string, string, string];
  await rm(workDirectory, { recursive: true, force: true });
  await mkdir(join(image, "boot"), { recursive: true });
  try {
    const { apt, tools } = await choosePackages(host, recipe, { workDirectory, unpacked, signal });
    const kernel = await firstDependency(apt, recipe.kernelPackage);
    const packages = await withLibraries(apt, recipe.packages);
    await unpackPackages(apt, [kernel, ...packages], unpacked, signal);
    const parts = { unpacked, busybox: busyboxOf(tools), guestFiles, tree };
    await assembleGuestTree(host, recipe, parts);
    await installModules(host, recipe, parts);
    await installKernel(recipe, unpacked, join(image, "boot/bzimage"));
    await archive(host, tree, join(image, "boot/initrd"));
    await runXorriso(host, image, `${isoPath}.new`, signal);
    await rename(`${isoPath}.new`, isoPath);
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

/** Whose packages to take, and where to find those of them that run here. */
async function choosePackages(
  host: Host,
  { architecture }: GuestRecipe,
  { workDirectory, unpacked, signal }: Record<"workDirectory" | "unpacked", string> & WaitOptions,
): Promise<{ readonly apt: Apt; readonly tools: string }> {
  const own = { host, options: [] };
  if (host.arch === process.arch) return { apt: own, tools: unpacked };
  const tools = join(workDirectory, "tools");
  await unpackPackages(own, ["busybox-static"], tools, signal);
  const apt = await openForeignApt(host, architecture, join(workDirectory, "apt"), signal);
  return { apt, tools };
}

export function requireRecipe(arch: string): GuestRecipe {
  const recipe = recipeFor(arch);
  if (recipe !== undefined) return recipe;
  throw new MachineError(`the lab has no guest for the architecture ${JSON.stringify(arch)}`, {
    code: "ERR_LAB_ARCHITECTURE",
    hint: "It has one for x64 and one for arm64.",
  });
}

/**
 * Not compressed: from gzip, lz4 or zstd an emulated guest starts neither sooner nor later (README.md
 * has the figures), and this way any tool can look into it.
 */
async function archive(host: Host, tree: string, target: string): Promise<void> {
  const entries = await readTree(tree);
  const names = entries.map((entry) => join(relative(tree, entry.parentPath), entry.name));
  const args = ["--quiet", "--null", "--create", "--format=newc", "--owner=0:0", "--file", target];
  const input = names.toSorted().map((name) => `${name}\0`);
  const options = { cwd: tree, input: input.join(""), timeoutMs: BUILD_TIMEOUT_MS };
  assertSuccess(await host.runner.run("cpio", args, options));
}

async function runXorriso(
  host: Host,
  image: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await writeFile(join(image, "boot/version"), "vfkit-machine lab guest\n");
  const args = ["-as", "mkisofs", "-quiet", "-R", "-J", "-V", "vfm-lab", "-o", target, image];
  assertSuccess(await host.runner.run("xorriso", args, { signal, timeoutMs: BUILD_TIMEOUT_MS }));
}
