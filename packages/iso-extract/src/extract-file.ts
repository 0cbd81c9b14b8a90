import type { FileHandle } from "node:fs/promises";
import { assertInsideImage } from "./content.js";
import { CopyBuffers, copyContent } from "./copy-content.js";
import type { Entry } from "./entry.js";
import type { Image } from "./image.js";
import { ProgressCounter } from "./tree.js";
import type { ExtractFileOptions, ExtractFileResult } from "./types.js";
import { writeAside } from "./write-aside.js";

/** Copies the content of `file` to `destination`, which holds all of it or what it held before. */
export async function extractFile(
  image: Image,
  file: Entry,
  destination: string,
  options: ExtractFileOptions,
): Promise<ExtractFileResult> {
  const { mode, signal, sparse = false } = options;
  image.assertNotAborted(signal);
  assertInsideImage(image, file);
  const progress = new ProgressCounter(options, file.sizeBytes);
  progress.entries = 1;
  progress.report(file.path, 0);
  const write = async (handle: FileHandle): Promise<void> => {
    const onChunk = (bytes: number): void => progress.report(file.path, bytes);
    await copyContent({ image, file, handle, signal, sparse, onChunk }, new CopyBuffers());
    // The last moment at which the old file can stay.
    image.assertNotAborted(signal);
  };
  await writeAside(destination, mode, write, image.logger);
  return { sizeBytes: file.sizeBytes };
}
