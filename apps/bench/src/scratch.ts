import { removeTree } from "@vfkit-machine/host";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of one's own for the time of `work`. */
export async function withScratch<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "bench-"));
  try {
    return await work(directory);
  } finally {
    await removeTree(directory);
  }
}
