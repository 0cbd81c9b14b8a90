import { DEFAULT_LIMITS, MAXIMUM_DESCRIPTORS } from "./defaults.js";
import { diagnose } from "./diagnose.js";
import { invalidArgument, malformed, notAnIso, truncated, unsupported } from "./errors.js";
import { Image } from "./image.js";
import type { IsoImage } from "./iso-image.js";
import { ISO_IDENTIFIER, SECTOR_BYTES, SYSTEM_AREA_SECTORS, ascii } from "./layout.js";
import { ImageReader } from "./reader.js";
import { openSource, type OpenedSource } from "./source.js";
import { chooseTree } from "./choose-tree.js";
import type { IsoInput, IsoLimits, OpenIsoOptions } from "./types.js";
import {
  descriptorIdentifiers,
  inspectSystemArea,
  parseVolumeDescriptor,
  type TreeDescriptor,
} from "./volume-descriptors.js";

/** The system area and as many descriptors, in one read. */
const HEAD_BYTES = 2 * SYSTEM_AREA_SECTORS * SECTOR_BYTES;

/**
 * Opens an ISO 9660 image for reading.
 *
 * @param input a path, or a `FileHandle` or {@link ByteSource} that stays the caller's to close
 * @returns an `AsyncDisposable`: `await using`, or call `close()` at the end
 * @throws MachineError `ERR_ISO_NOT_AN_ISO`, `ERR_ISO_UNSUPPORTED` (only UDF, High Sierra, CD-i, raw
 * sectors), `ERR_ISO_TRUNCATED`, `ERR_ISO_MALFORMED`, `ERR_ISO_NAMESPACE_ABSENT`,
 * `ERR_ISO_READ_FAILED`, `ERR_ISO_INVALID_ARGUMENT`, `ERR_ABORTED`
 */
export async function openIso(input: IsoInput, options: OpenIsoOptions = {}): Promise<IsoImage> {
  const limits = checkLimits(options.limits);
  const opened = await openSource(input);
  try {
    return await readImage(opened, limits, options);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function readImage(
  opened: OpenedSource,
  limits: IsoLimits,
  options: OpenIsoOptions,
): Promise<IsoImage> {
  const { signal, onProgress, logger } = options;
  const image = new Image(opened.source, limits, logger);
  const head = await image.head(HEAD_BYTES, signal);
  onProgress?.({ path: image.name, doneBytes: head.length, totalBytes: undefined, entries: 0 });
  const { trees, elTorito } = await readDescriptors(image, head, signal);
  const [primary] = trees;
  if (primary === undefined) {
    const { disc, seen, hint } = diagnose(head);
    throw disc ? unsupported(image.name, seen, hint) : notAnIso(image.name, seen, hint);
  }
  const chosen = await chooseTree(image, trees, options.namespace ?? "auto", signal);
  const volumeSizeBytes = primary.volumeBlocks * primary.blockBytes;
  return new ImageReader(chosen.tree, opened, {
    namespace: chosen.namespace,
    namespaces: chosen.namespaces,
    jolietLevel: trees.find(({ kind }) => kind === "joliet")?.jolietLevel,
    ...chosen.descriptor.texts,
    createdAt: primary.createdAt,
    modifiedAt: primary.modifiedAt,
    expiresAt: primary.expiresAt,
    effectiveAt: primary.effectiveAt,
    blockSizeBytes: primary.blockBytes,
    volumeSizeBytes,
    imageSizeBytes: Math.min(image.sizeBytes, Number.MAX_SAFE_INTEGER),
    missingBytes: Math.max(0, volumeSizeBytes - image.sizeBytes),
    boot: { elTorito, ...inspectSystemArea(head) },
    udfBridge: descriptorIdentifiers(head).some((id) => id === "NSR02" || id === "NSR03"),
  });
}

/** Every tree that the descriptors name, the primary one first; none when there is no descriptor. */
async function readDescriptors(
  image: Image,
  head: Buffer,
  signal: AbortSignal | undefined,
): Promise<{ trees: TreeDescriptor[]; elTorito: boolean }> {
  const trees: TreeDescriptor[] = [];
  let elTorito = false;
  for (let index = 0; index < MAXIMUM_DESCRIPTORS; index += 1) {
    const at = (SYSTEM_AREA_SECTORS + index) * SECTOR_BYTES;
    let sector = head.subarray(at, at + SECTOR_BYTES);
    if (sector.length < SECTOR_BYTES) {
      if (index === 0) break;
      if (at + SECTOR_BYTES > image.sizeBytes) {
        throw truncated(image.name, "the list of descriptors", at + SECTOR_BYTES, image.sizeBytes);
      }
      sector = Buffer.allocUnsafe(SECTOR_BYTES);
      await image.read(sector, at, "the list of descriptors", signal);
    }
    if (ascii(sector, 1, ISO_IDENTIFIER.length) !== ISO_IDENTIFIER) break;
    const descriptor = parseVolumeDescriptor(sector);
    if (descriptor.type === "terminator") break;
    if (descriptor.type === "boot") elTorito ||= descriptor.elTorito;
    if (descriptor.type === "tree") trees.push(descriptor.tree);
  }
  const primary = trees.findIndex(({ kind }) => kind === "primary");
  if (trees.length > 0 && primary === -1) {
    throw malformed(image.name, "it has no primary volume descriptor");
  }
  if (primary > 0) trees.unshift(...trees.splice(primary, 1));
  for (const { blockBytes } of trees) {
    if (blockBytes !== 512 && blockBytes !== 1024 && blockBytes !== 2048) {
      throw malformed(image.name, `its logical blocks have ${blockBytes} bytes`);
    }
  }
  return { trees, elTorito };
}

function checkLimits(limits: Partial<IsoLimits> | undefined): IsoLimits {
  const merged = { ...DEFAULT_LIMITS, ...limits };
  for (const [name, value] of Object.entries(merged)) {
    if (typeof value !== "number" || !(value >= 1)) {
      throw invalidArgument(`limits.${name} cannot be ${String(value)}`);
    }
  }
  return merged;
}
