import { MachineError } from "@vfkit-machine/host/errors";
import { followContinuations } from "./continuations.js";
import { Entry } from "./entry.js";
import { malformed, truncated } from "./errors.js";
import type { Image } from "./image.js";
import { RECORD, SP, SUSP, XA_BYTES } from "./layout.js";
import {
  readDetails,
  readSystemUse,
  systemUseStart,
  type RecordDetails,
  type TreeFormat,
} from "./record.js";
import { SystemUse } from "./system-use.js";
import type { Tree } from "./tree.js";
import type { Namespace } from "./types.js";
import type { TreeDescriptor } from "./volume-descriptors.js";
import { Window } from "./window.js";

/** The tree to read, and which others there are. */
export interface ChosenTree {
  readonly tree: Tree;
  readonly descriptor: TreeDescriptor;
  readonly namespace: Namespace;
  readonly namespaces: readonly Namespace[];
}

/**
 * Rock Ridge before Joliet before plain names, as Linux does; names of an enhanced descriptor before
 * plain ones.
 *
 * @param trees what the descriptors name, the primary tree first
 * @throws MachineError `ERR_ISO_NAMESPACE_ABSENT` when `wanted` is none that the image has
 */
export async function chooseTree(
  image: Image,
  trees: readonly TreeDescriptor[],
  wanted: Namespace | "auto",
  signal: AbortSignal | undefined,
): Promise<ChosenTree> {
  const candidates: { namespace: Namespace; descriptor: TreeDescriptor; skip: number }[] = [];
  for (const descriptor of trees) {
    if (descriptor.kind === "joliet" || descriptor.kind === "enhanced") {
      candidates.push({ namespace: descriptor.kind, descriptor, skip: 0 });
      continue;
    }
    image.blockBytes = descriptor.blockBytes;
    const rockRidge = await findRockRidge(image, descriptor, signal);
    if (rockRidge !== undefined) {
      candidates.push({ namespace: "rock-ridge", descriptor, skip: rockRidge.skip });
    }
    candidates.push({ namespace: "plain", descriptor, skip: 0 });
  }
  const order: readonly Namespace[] = ["rock-ridge", "joliet", "enhanced", "plain"];
  const namespaces = order.filter((name) => candidates.some(({ namespace }) => namespace === name));
  const namespace = wanted === "auto" ? namespaces[0] : wanted;
  const chosen = candidates.find((candidate) => candidate.namespace === namespace);
  if (chosen === undefined) {
    throw new MachineError(`${image.name} has no ${JSON.stringify(wanted)} tree`, {
      code: "ERR_ISO_NAMESPACE_ABSENT",
      hint: `It has: ${namespaces.join(", ")}.`,
    });
  }
  const { descriptor } = chosen;
  image.blockBytes = descriptor.blockBytes;
  const format = { namespace: chosen.namespace, systemUseSkip: chosen.skip };
  const root = await readRoot(image, descriptor, format, signal);
  return { tree: { image, format, root }, descriptor, namespace: chosen.namespace, namespaces };
}

/** The root's "." record tells whether the primary tree carries Rock Ridge (SP, then ER or PX). */
async function findRockRidge(
  image: Image,
  descriptor: TreeDescriptor,
  signal: AbortSignal | undefined,
): Promise<{ skip: number } | undefined> {
  const window = await readSelf(image, descriptor, signal);
  const { view } = window;
  const format: TreeFormat = { namespace: "rock-ridge", systemUseSkip: 0 };
  const area = systemUseStart(view, 0, format);
  const sp = [area, area + XA_BYTES].find((start) => isSp(view, start));
  if (sp === undefined) return undefined;
  const use = new SystemUse();
  use.parse(window, sp, view.byteLength);
  await followContinuations(image, use, "the root directory", signal);
  return use.rockRidge || use.mode !== -1 ? { skip: view.getUint8(sp + SP.skip) } : undefined;
}

/** The root directory: its place by the descriptor, its attributes by its own "." record. */
async function readRoot(
  image: Image,
  descriptor: TreeDescriptor,
  format: TreeFormat,
  signal: AbortSignal | undefined,
): Promise<Entry> {
  const window = await readSelf(image, descriptor, signal);
  // In the root's "." nothing is skipped (SUSP 5.3).
  const selfFormat = { ...format, systemUseSkip: 0 };
  const use = format.namespace === "rock-ridge" ? readSystemUse(window, 0, selfFormat) : undefined;
  if (use !== undefined && use.ceSize > 0) {
    await followContinuations(image, use, "the root directory", signal);
  }
  const details: RecordDetails = {
    ...readDetails(window, 0, selfFormat, use),
    type: "directory",
    block: descriptor.rootBlock,
    lengthBytes: descriptor.rootBytes,
  };
  return new Entry({ image, format, prefix: "", window }, 0, "/", "/", details);
}

/** The root directory's first record, alone in a window; at least as long as a record must be. */
async function readSelf(
  image: Image,
  descriptor: TreeDescriptor,
  signal: AbortSignal | undefined,
): Promise<Window> {
  const position = descriptor.rootBlock * descriptor.blockBytes;
  const page = await image.page(position, "the root directory", signal);
  const start = position - page.startByte;
  const length = page.bytes[start] ?? 0;
  const nameLength = page.bytes[start + RECORD.nameLength] ?? 0;
  if (start + length > page.bytes.length) {
    throw truncated(image.name, "the root directory", position + length, image.sizeBytes);
  }
  if (length < RECORD.minimumLength || RECORD.name + nameLength > length) {
    throw malformed(image.name, `its root directory begins with a record of ${length} bytes`);
  }
  return new Window(page, start, start + length);
}

function isSp(view: DataView, at: number): boolean {
  return (
    at + SP.length <= view.byteLength &&
    view.getUint16(at) === SUSP.SP &&
    view.getUint8(at + SP.check) === SP.check0 &&
    view.getUint8(at + SP.check + 1) === SP.check1
  );
}
