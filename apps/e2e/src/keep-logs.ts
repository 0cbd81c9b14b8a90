import { copyFile, mkdir, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a report finds what machines of the suite left: see scripts/report.mjs. */
const KEPT = join(dirname(fileURLToPath(import.meta.url)), "../.reports/machines");

/** Logs, the configuration, the last start's timeline; never keys, disks or sockets. */
const WORTH_KEEPING = /\.(?:log|json)$/;
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Copies the logs of every machine of a store to `.reports/machines/STORE/MACHINE`, before the store
 * is removed. A store without machines leaves nothing.
 */
export async function keepLogs(home: string): Promise<void> {
  const machines = join(home, "machines");
  const files = await readdir(machines, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    },
  );
  for (const file of files) {
    if (!file.isFile() || !WORTH_KEEPING.test(file.name)) continue;
    const path = join(file.parentPath, file.name);
    if ((await stat(path)).size > MAX_BYTES) continue;
    const into = join(KEPT, basename(home), basename(file.parentPath));
    await mkdir(into, { recursive: true });
    await copyFile(path, join(into, file.name));
  }
}
