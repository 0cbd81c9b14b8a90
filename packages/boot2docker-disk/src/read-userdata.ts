import { extract } from "tar-stream";

/**
 * The lines of `.ssh/authorized_keys` in the beginning of an image. Bytes that are no tar, or a tar
 * that is cut off, give what could be read before the damage.
 *
 * @param head at most the first 4096 bytes, which is all that a guest looks at
 */
export async function readPublicKeys(head: Uint8Array): Promise<string[]> {
  const tar = extract();
  tar.end(head);
  const keys: string[] = [];
  try {
    for await (const entry of tar) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry as AsyncIterable<Uint8Array>) chunks.push(chunk);
      if (entry.header.name.replace(/^\.\//, "") !== ".ssh/authorized_keys") continue;
      const text = Buffer.concat(chunks).toString("utf8");
      keys.push(...text.split(/\r?\n/).filter((line) => line.trim() !== ""));
    }
  } catch {
    // Damage says nothing beyond what the keys read so far say.
    return keys;
  }
  return keys;
}
