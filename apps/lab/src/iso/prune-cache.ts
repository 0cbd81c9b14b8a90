import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** ISOs of other states of the repository that are kept beside the one to come. */
const KEPT = 2;

/**
 * Removes what builds that were killed left in the cache, and all but the newest ISOs of one
 * architecture. Only for the holder of the cache's lock.
 */
export async function pruneCache(directory: string, arch: string): Promise<void> {
  const names = await readdir(directory);
  const leftovers = names.filter((name) => /\.iso\.(?:work|work\.debs|new)$/.test(name));
  const isIso = (name: string): boolean =>
    name.startsWith(`guest-${arch}-`) && name.endsWith(".iso");
  const isos: { readonly name: string; readonly mtimeMs: number }[] = [];
  for (const name of names.filter(isIso)) {
    isos.push({ name, mtimeMs: (await stat(join(directory, name))).mtimeMs });
  }
  const old = isos.toSorted((a, b) => b.mtimeMs - a.mtimeMs).slice(KEPT);
  for (const name of [...leftovers, ...old.map((iso) => iso.name)]) {
    await rm(join(directory, name), { recursive: true, force: true });
  }
}
