import { assertSuccess, MachineError, readTree, type Host } from "@vfkit-machine/host";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { requireRecipe } from "./iso/build-iso.js";
import { APP } from "./lab-paths.js";

const BUILD_TIMEOUT_MS = 15 * 60_000;

/** Where built ISOs are kept: `$XDG_CACHE_HOME` or `~/.cache`, then `vfkit-machine/lab`. */
export function cacheDirectory(host: Host): string {
  const base = host.env["XDG_CACHE_HOME"] ?? "";
  return join(base.startsWith("/") ? base : join(host.homeDir, ".cache"), "vfkit-machine/lab");
}

/** The path that the ISO has or will have: its name holds a hash of all that it is made of. */
export async function guestIsoPath(host: Host): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify(requireRecipe(host.arch)));
  for (const directory of [join(APP, "guest"), join(import.meta.dirname, "iso")]) {
    for (const path of await filesBelow(directory)) {
      hash.update(`\0${path.slice(directory.length)}\0`).update(await readFile(path));
    }
  }
  hash.update(`\0${await debianRelease()}`);
  return join(cacheDirectory(host), `guest-${host.arch}-${hash.digest("hex").slice(0, 16)}.iso`);
}

/**
 * Builds the ISO unless it is there. Several may ask at once: one builds, the others wait for it.
 *
 * @returns its path
 * @throws MachineError as {@link buildIso}; `ERR_TIMEOUT` after 15 min
 */
export async function ensureGuestIso(host: Host, signal?: AbortSignal): Promise<string> {
  const isoPath = await guestIsoPath(host);
  if (existsSync(isoPath)) return isoPath;
  await mkdir(cacheDirectory(host), { recursive: true });
  // The kernel drops the lock with the process that holds it: none is ever stale.
  const build = [
    process.execPath,
    join(import.meta.dirname, "iso/build-main.js"),
    isoPath,
    host.arch,
  ];
  const result = await host.runner.run("flock", [`${cacheDirectory(host)}/lock`, ...build], {
    signal,
    timeoutMs: BUILD_TIMEOUT_MS,
  });
  assertSuccess(result, { code: "ERR_LAB_GUEST_BUILD" });
  if (existsSync(isoPath)) return isoPath;
  throw new MachineError(`the build of ${isoPath} ended well but left no file`, {
    code: "ERR_LAB_GUEST_BUILD",
  });
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readTree(directory);
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith(".d.ts"));
  return files.map((entry) => join(entry.parentPath, entry.name)).toSorted();
}

/** As in `debian 12`: another release has other packages. */
export async function debianRelease(): Promise<string> {
  const text = await readFile("/etc/os-release", "utf8");
  const value = (key: string): string =>
    new RegExp(`^${key}="?([^"\\n]*)"?$`, "m").exec(text)?.[1] ?? "";
  return `${value("ID")} ${value("VERSION_ID")}`;
}
