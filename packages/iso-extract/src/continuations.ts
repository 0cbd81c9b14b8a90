import { MAXIMUM_CONTINUATIONS, MAXIMUM_CONTINUATION_BYTES } from "./defaults.js";
import { malformed } from "./errors.js";
import type { Image } from "./image.js";
import type { SystemUse } from "./system-use.js";
import { createPage, Window } from "./window.js";

/**
 * Reads all that a record's System Use area continues in (CE), bounded in number and bytes.
 *
 * @returns how many bytes that were
 */
export async function followContinuations(
  image: Image,
  use: SystemUse,
  where: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let total = 0;
  for (let count = 0; use.ceSize > 0; count += 1) {
    const size = use.ceSize;
    total += size;
    if (count >= MAXIMUM_CONTINUATIONS || total > MAXIMUM_CONTINUATION_BYTES) {
      throw malformed(
        image.name,
        `${where} continues in more than ${MAXIMUM_CONTINUATIONS} areas or ${MAXIMUM_CONTINUATION_BYTES} bytes`,
      );
    }
    const position = use.ceBlock * image.blockBytes + use.ceOffset;
    let page = await image.page(position, where, signal);
    let start = position - page.startByte;
    if (start + size > page.bytes.length) {
      const bytes = Buffer.allocUnsafe(size);
      await image.read(bytes, position, where, signal);
      page = createPage(position, bytes);
      start = 0;
    }
    use.parse(new Window(page, start, start + size), 0, size);
  }
  return total;
}
