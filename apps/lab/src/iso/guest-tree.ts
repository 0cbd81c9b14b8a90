import { assertSuccess, MachineError, readTree, type Host } from "@vfkit-machine/host";
import { chmod, copyFile, cp, mkdir, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { neededLibraries } from "./libraries.js";
import type { GuestRecipe } from "./recipe.js";

/** Directories that the guest's init expects, with their modes. */
const DIRECTORIES: readonly (readonly [string, number])[] = [
  ["bin", 0o755],
  ["dev", 0o755],
  ["etc", 0o755],
  ["home/docker", 0o755],
  ["lib/modules", 0o755],
  ["mnt/boot2docker-data", 0o755],
  ["proc", 0o755],
  ["root", 0o700],
  ["run", 0o755],
  ["sbin", 0o755],
  ["sys", 0o755],
  ["tmp", 0o1777],
  ["usr/bin", 0o755],
  ["usr/sbin", 0o755],
  ["var/lib/boot2docker", 0o755],
];

export interface GuestTreeInput {
  /** Where the packages were unpacked. */
  readonly unpacked: string;
  /** The directory `guest` of this app: init and configuration. */
  readonly guestFiles: string;
  /** The guest's busybox, or one of its release, that runs here. */
  readonly busybox: string;
  /** What to make; its parent exists. */
  readonly tree: string;
}

/** Assembles the guest's root file system. Owners do not matter: the archive says root for all. */
export async function assembleGuestTree(
  host: Host,
  recipe: GuestRecipe,
  { unpacked, busybox, guestFiles, tree }: GuestTreeInput,
): Promise<void> {
  for (const [path, mode] of DIRECTORIES) {
    await mkdir(join(tree, path), { recursive: true });
    await chmod(join(tree, path), mode);
  }
  await installBusybox(host, { unpacked, busybox, tree });
  for (const program of recipe.programs) {
    const source = firstExisting(unpacked, program.sources);
    const target = program.path === "" ? source : program.path;
    await install(join(unpacked, source), join(tree, target), program.mode);
    for (const library of await neededLibraries(recipe, unpacked, source)) {
      await install(library, join(tree, "lib", recipe.triplet, basename(library)), 0o755);
    }
  }
  await install(firstPath(unpacked, recipe.loader), join(tree, recipe.loader), 0o755);
  await cp(join(guestFiles, "etc"), join(tree, "etc"), { recursive: true });
  await setModes(tree);
  await install(join(guestFiles, "init"), join(tree, "init"), 0o755);
  await install(join(guestFiles, "udhcpc.script"), join(tree, "etc/udhcpc.script"), 0o755);
}

async function setModes(tree: string): Promise<void> {
  const etc = await readTree(join(tree, "etc"));
  for (const entry of etc) {
    const executable = entry.isDirectory() || entry.parentPath.includes("/acpi");
    await chmod(join(entry.parentPath, entry.name), executable ? 0o755 : 0o644);
  }
  await chmod(join(tree, "etc/shadow"), 0o600);
  await chmod(join(tree, "etc/sudoers"), 0o440);
}

/** One static binary, a link for each of its names; real programs replace links afterwards. */
async function installBusybox(
  host: Host,
  { unpacked, busybox, tree }: Omit<GuestTreeInput, "guestFiles">,
): Promise<void> {
  // As on boot2docker: ping needs root, and busybox gives root up for the applets that do not.
  await install(busyboxOf(unpacked), join(tree, "bin/busybox"), 0o4755);
  const listed = assertSuccess(await host.runner.run(busybox, ["--list-full"]));
  for (const path of listed.stdout.split("\n")) {
    if (path === "" || path === "bin/busybox" || path === "linuxrc") continue;
    const link = join(tree, path);
    await mkdir(dirname(link), { recursive: true });
    await symlink("/bin/busybox", link);
  }
}

/** @throws MachineError `ERR_LAB_GUEST_INCOMPLETE` where there is none */
export function busyboxOf(unpacked: string): string {
  return join(unpacked, firstExisting(unpacked, ["/bin/busybox", "/usr/bin/busybox"]));
}

async function install(source: string, target: string, mode: number): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await rm(target, { force: true });
  await copyFile(source, target);
  await chmod(target, mode);
}

function firstPath(root: string, path: string): string {
  return join(root, firstExisting(root, [path, `/usr${path}`]));
}

function firstExisting(root: string, paths: readonly string[]): string {
  const found = paths.find((path) => existsSync(join(root, path)));
  if (found !== undefined) return found;
  throw new MachineError(`none of ${paths.join(", ")} is in the unpacked packages`, {
    code: "ERR_LAB_GUEST_INCOMPLETE",
  });
}
