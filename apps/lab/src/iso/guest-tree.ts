import { assertSuccess, MachineError, readTree, type Host } from "@vfkit-machine/host";
import { chmod, copyFile, cp, mkdir, rm, symlink } from "node:fs/promises";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
  /** What to make; its parent exists. */
  readonly tree: string;
}

/** Assembles the guest's root file system. Owners do not matter: the archive says root for all. */
export async function assembleGuestTree(
  host: Host,
  recipe: GuestRecipe,
  { unpacked, guestFiles, tree }: GuestTreeInput,
): Promise<void> {
  for (const [path, mode] of DIRECTORIES) {
    await mkdir(join(tree, path), { recursive: true });
    await chmod(join(tree, path), mode);
  }
  await installBusybox(host, unpacked, tree);
  const search = await librarySearchPath(recipe, unpacked);
  for (const program of recipe.programs) {
    const source = firstExisting(unpacked, program.sources);
    const target = program.path === "" ? source : program.path;
    await install(join(unpacked, source), join(tree, target), program.mode);
    for (const library of await neededLibraries(host, recipe, unpacked, search, source)) {
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
async function installBusybox(host: Host, unpacked: string, tree: string): Promise<void> {
  const busybox = join(unpacked, firstExisting(unpacked, ["/bin/busybox", "/usr/bin/busybox"]));
  // As on boot2docker: ping needs root, and busybox gives root up for the applets that do not.
  await install(busybox, join(tree, "bin/busybox"), 0o4755);
  const listed = assertSuccess(await host.runner.run(busybox, ["--list-full"]));
  for (const path of listed.stdout.split("\n")) {
    if (path === "" || path === "bin/busybox" || path === "linuxrc") continue;
    const link = join(tree, path);
    await mkdir(dirname(link), { recursive: true });
    await symlink("/bin/busybox", link);
  }
}

async function librarySearchPath(recipe: GuestRecipe, unpacked: string): Promise<string> {
  const directories = [`/lib/${recipe.triplet}`, `/usr/lib/${recipe.triplet}`, "/usr/libexec/sudo"];
  return [...directories, "/usr/lib/sudo"].map((path) => join(unpacked, path)).join(":");
}

/** Asks the guest's own dynamic loader, which runs here too: same architecture, no installation. */
async function neededLibraries(
  host: Host,
  recipe: GuestRecipe,
  unpacked: string,
  search: string,
  source: string,
): Promise<string[]> {
  const loader = firstPath(unpacked, recipe.loader);
  const args = ["--library-path", search, "--list", join(unpacked, source)];
  const { stdout } = assertSuccess(await host.runner.run(loader, args));
  const missing = /^\s*(\S+) => not found/m.exec(stdout);
  if (missing !== null) {
    throw new MachineError(`${source} needs ${missing[1]}, which no unpacked package has`, {
      code: "ERR_LAB_GUEST_INCOMPLETE",
    });
  }
  // sudo's own library keeps the place that is compiled into sudo.
  const libraries = [...stdout.matchAll(/^\s*\S+ => (\/\S+) /gm)].map((match) => match[1] ?? "");
  return libraries.filter((path) => path.startsWith(unpacked) && !path.includes("/sudo/"));
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
