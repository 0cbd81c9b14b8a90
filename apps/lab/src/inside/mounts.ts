import { isMachineError, MachineError } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, open, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import * as paths from "../lab-paths.js";
import type { LabConfig } from "./lab-config.js";
import { runsAsMac } from "./lab-config.js";
import { run } from "./run.js";

/** Directories of the host that get a layer of the lab's over them, and what the layer has in it. */
const LAYERS: readonly (readonly [string, string, readonly string[]])[] = [
  ["/var", "var", ["db"]],
  ["/opt", "opt", ["vmnet-helper/bin"]],
  ["/usr/libexec", "libexec", ["ApplicationFirewall"]],
];

/**
 * Makes room: a tmpfs for all that the lab writes, layers where macOS's absolute paths are, and a
 * `/run` of its own, so that no daemon of the host (name service, logging) is met by its socket.
 *
 * @throws MachineError `ERR_LAB_MOUNT`
 */
export async function mountLab(config: LabConfig): Promise<void> {
  // Held open, because they may lie below what is mounted next: a repository in /mnt, say.
  const [node, guestIso, repository] = await Promise.all(
    [config.node, config.guestIso, config.repository].map((path) => open(path)),
  );
  await mount("a tmpfs on /mnt", ["-t", "tmpfs", "-o", "mode=755", "vfm-lab", "/mnt"]);
  for (const path of [paths.ETC, paths.BIN, paths.LIBEXEC, paths.LOG, paths.HOME, paths.RUN]) {
    await mkdir(path, { recursive: true });
  }
  await mkdir(paths.PRIVATE, { mode: 0o700 });
  await mkdir(paths.TMP);
  await chmod(paths.TMP, 0o1777);
  await bindFile(pathOf(node), join(paths.BIN, "node"));
  await bindFile(pathOf(guestIso), paths.GUEST_ISO);
  await bindDirectory(pathOf(repository), paths.OUTSIDE_REPOSITORY);
  for (const [directory, name, made] of LAYERS) await mountLayer(directory, name, made);
  await mount("a tmpfs on /run", ["-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "run", "/run"]);
  for (const handle of [node, guestIso, repository]) await handle?.close();
}

/** A name of what is held open, whatever hides its own. */
function pathOf(handle: FileHandle | undefined): string {
  if (handle === undefined) throw new Error("nothing is held open");
  return `/proc/${process.pid}/fd/${handle.fd}`;
}

async function mountLayer(directory: string, name: string, made: readonly string[]): Promise<void> {
  if (!existsSync(directory)) {
    throw new MachineError(`${directory} is not there to put a layer over`, {
      code: "ERR_LAB_MOUNT",
      hint: `Run once: sudo mkdir ${directory}`,
    });
  }
  const layer = join(paths.PRIVATE, "layers", name);
  // Made in the layer rather than through it: what the host has there may belong to anybody.
  for (const path of made) await mkdir(join(layer, "upper", path), { recursive: true });
  await mkdir(join(layer, "work"));
  await mountOverlay(directory, layer, directory);
}

/** Mounts `lower` with a writable layer over it; `layer` holds `upper` and `work`. */
export async function mountOverlay(lower: string, layer: string, target: string): Promise<void> {
  const options = `lowerdir=${lower},upperdir=${layer}/upper,workdir=${layer}/work`;
  await mount(`a layer over ${lower}`, ["-t", "overlay", "-o", options, "vfm-lab", target]);
}

/** mount(8) must take names as they are: it would resolve those of open files to hidden ones. */
export async function bindDirectory(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await mount(`${source} on ${target}`, ["--no-canonicalize", "--rbind", source, target]);
}

export async function bindFile(source: string, target: string): Promise<void> {
  if (!existsSync(target)) {
    await mkdir(join(target, ".."), { recursive: true });
    await writeFile(target, "");
  }
  await mount(`${source} on ${target}`, ["--no-canonicalize", "--bind", source, target]);
}

async function mount(what: string, args: readonly string[]): Promise<void> {
  try {
    await run(["mount", ...args]);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    throw new MachineError(`cannot mount ${what}: ${error.message}`, {
      code: "ERR_LAB_MOUNT",
      hint: "The lab needs a kernel with overlayfs (5.11 or newer for plain users), and in a container a privileged one.",
      cause: error,
    });
  }
}

/**
 * Puts the repository where the lab's user can reach it. The plain user sees it through a layer:
 * nothing of it can be changed, and what a test runner writes in an app goes to the layer.
 */
export async function mountRepository(config: LabConfig, apps: readonly string[]): Promise<void> {
  if (!runsAsMac(config)) return bindDirectory(paths.OUTSIDE_REPOSITORY, paths.REPOSITORY);
  const layer = join(paths.PRIVATE, "layers/repository");
  await mkdir(join(layer, "work"), { recursive: true });
  for (const app of apps) {
    for (const path of ["", ".reports", "node_modules"]) {
      await makeForMac(join(layer, "upper/apps", app, path));
    }
  }
  await mkdir(paths.REPOSITORY);
  await mountOverlay(paths.OUTSIDE_REPOSITORY, layer, paths.REPOSITORY);
  for (const app of apps) {
    // Reports of an earlier run belong to whoever ran it: start with none.
    const reports = join(paths.PRIVATE, "reports", app);
    await makeForMac(reports);
    await bindDirectory(reports, join(paths.REPOSITORY, "apps", app, ".reports"));
  }
}

async function makeForMac(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chown(path, paths.MAC_USER.uid, paths.MAC_USER.gid);
}
