import { MachineError } from "@vfkit-machine/host/errors";
import { readContinuation } from "./cursor.js";
import { MAXIMUM_CONTINUATIONS, MAXIMUM_CONTINUATION_BYTES } from "./defaults.js";
import { StatEntry, type RecordHeader } from "./entry.js";
import { malformed } from "./errors.js";
import type { Image } from "./image.js";
import { RECORD, SP, SUSP, XA_BYTES, u8 } from "./layout.js";
import { SystemUse } from "./system-use.js";
import { NO_TIME, packShortTime } from "./timestamps.js";
import type { Tree } from "./tree.js";
import type { Namespace } from "./types.js";
import type { TreeDescriptor } from "./volume-descriptors.js";

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
  let rootUse: SystemUse | undefined;
  for (const descriptor of trees) {
    if (descriptor.kind === "joliet" || descriptor.kind === "enhanced") {
      candidates.push({ namespace: descriptor.kind, descriptor, skip: 0 });
      continue;
    }
    const rockRidge = await readRockRidge(image, descriptor, signal);
    if (rockRidge !== undefined && rootUse === undefined) {
      rootUse = rockRidge.use;
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
  const format = {
    name: image.name,
    namespace: chosen.namespace,
    systemUseSkip: chosen.skip,
  };
  const root = new StatEntry(
    format,
    "/",
    "/",
    "/",
    await readRootRecord(image, descriptor, signal),
    chosen.namespace === "rock-ridge" ? rootUse : undefined,
  );
  return { tree: { image, format, root }, descriptor, namespace: chosen.namespace, namespaces };
}

/** The root's "." record tells whether the primary tree carries Rock Ridge (SP, then ER or PX). */
async function readRockRidge(
  image: Image,
  descriptor: TreeDescriptor,
  signal: AbortSignal | undefined,
): Promise<{ use: SystemUse; skip: number } | undefined> {
  image.blockBytes = descriptor.blockBytes;
  const { bytes, at } = await rootRecord(image, descriptor, signal);
  const length = u8(bytes, at);
  const nameLength = u8(bytes, at + RECORD.nameLength);
  const area = at + RECORD.name + nameLength + ((nameLength & 1) ^ 1);
  const end = Math.min(at + length, bytes.length);
  const sp = [area, area + XA_BYTES].find(
    (start) => start + SP.length <= end && isSp(bytes, start),
  );
  if (sp === undefined) return undefined;
  const skip = u8(bytes, sp + SP.skip);
  const use = new SystemUse();
  use.parse(bytes, sp, end, true);
  let total = 0;
  for (let count = 0; use.ceSize > 0; count += 1) {
    total += use.ceSize;
    if (count >= MAXIMUM_CONTINUATIONS || total > MAXIMUM_CONTINUATION_BYTES) {
      throw malformed(image.name, "the root directory's System Use area continues without an end");
    }
    await readContinuation(image, use, true, signal);
  }
  // CL and the like mean nothing in "." and must not lead the root elsewhere.
  use.childBlock = -1;
  return use.rockRidge || use.mode !== -1 ? { use, skip } : undefined;
}

async function readRootRecord(
  image: Image,
  descriptor: TreeDescriptor,
  signal: AbortSignal | undefined,
): Promise<RecordHeader> {
  const { bytes, at } = await rootRecord(image, descriptor, signal);
  const recorded = { ...NO_TIME };
  packShortTime(bytes, at + RECORD.recordedAt, recorded);
  return {
    block: descriptor.rootBlock,
    lengthBytes: descriptor.rootBytes,
    directory: true,
    hidden: false,
    unitBlocks: 0,
    gapBlocks: 0,
    recorded,
  };
}

async function rootRecord(
  image: Image,
  descriptor: TreeDescriptor,
  signal: AbortSignal | undefined,
): Promise<{ bytes: Buffer; at: number }> {
  const position = descriptor.rootBlock * descriptor.blockBytes;
  const page = await image.page(position, "the root directory", signal);
  return { bytes: page.bytes, at: position - page.startByte };
}

function isSp(bytes: Buffer, at: number): boolean {
  return (
    ((u8(bytes, at) << 8) | u8(bytes, at + 1)) === SUSP.SP &&
    u8(bytes, at + SP.check) === SP.check0 &&
    u8(bytes, at + SP.check + 1) === SP.check1
  );
}
