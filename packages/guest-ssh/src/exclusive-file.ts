import { removeIfPresent } from "@vfkit-machine/host";
import { randomUUID } from "node:crypto";
import { link, open } from "node:fs/promises";

/**
 * Makes a file that must not exist yet. It appears in one step, with its whole content and exactly
 * these permissions, and an existing file (or link) is never touched.
 *
 * @throws system errors as they are; `EEXIST` when the path is taken
 */
export async function createFile(path: string, content: string, mode: number): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    const handle = await open(aside, "wx", 0o600);
    try {
      // The umask can only have taken permissions away.
      await handle.chmod(mode);
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    // Unlike rename(2), link(2) fails when the new name exists.
    await link(aside, path);
  } finally {
    await removeIfPresent(aside);
  }
}
