import type { ByteSource } from "../../src/index.js";

/** Small, fast and always the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A damaged copy of an image that shares its bytes with the original. */
export interface Mutant extends ByteSource {
  /** How often it was read: what a hang would show in, whatever the machine's speed. */
  reads(): number;
}

/** @param seed decides everything about the damage */
export function mutate(base: Buffer, seed: number): Mutant {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const patches: { at: number; bytes: Buffer }[] = [];
  // Where bytes mean something: descriptors, and sectors that are not all zeros.
  const place = (): number => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const at = random() < 0.15 ? 32_768 + below(8192) : 32_768 + below(base.length - 32_768);
      if (base[at] !== 0) return at;
    }
    return 32_768 + below(base.length - 32_768);
  };
  for (let count = 1 + below(6); count > 0; count -= 1) {
    const at = place();
    const kind = below(8);
    if (kind === 0) patches.push({ at, bytes: Buffer.from([below(256)]) });
    else if (kind === 1)
      patches.push({ at, bytes: Buffer.from([[0, 1, 255, 128, 127][below(5)] ?? 0]) });
    else if (kind === 2)
      patches.push({ at, bytes: Buffer.from([(base[at] ?? 0) ^ (1 << below(8))]) });
    else if (kind === 3)
      patches.push({ at, bytes: Buffer.from(Array.from({ length: 8 }, () => below(256))) });
    else if (kind === 4) {
      // A both-endian number that is right in form and wrong in value.
      const bytes = Buffer.alloc(8);
      const value = [below(2 ** 32), below(100), 0xffffffff, 0, 20][below(5)] ?? 0;
      bytes.writeUInt32LE(value, 0);
      bytes.writeUInt32BE(value, 4);
      patches.push({ at, bytes });
    } else if (kind === 5) {
      const from = place();
      const sector = from - (from % 2048);
      patches.push({ at: at - (at % 2048), bytes: base.subarray(sector, sector + 2048) });
    } else if (kind === 6) patches.push({ at, bytes: Buffer.alloc(1 + below(64)) });
    else patches.push({ at, bytes: base.subarray(place(), place() + below(64)) });
  }
  const sizeBytes = random() < 0.15 ? below(base.length) : base.length;
  const shortReads = random() < 0.1;
  let reads = 0;
  return {
    name: `mutant ${seed}`,
    sizeBytes,
    reads: () => reads,
    read: (target, position) => {
      reads += 1;
      const wanted = shortReads ? Math.min(target.length, 777) : target.length;
      const end = Math.min(position + wanted, sizeBytes);
      if (end <= position) return 0;
      base.copy(target, 0, position, end);
      for (const { at, bytes } of patches) {
        const from = Math.max(at, position);
        const to = Math.min(at + bytes.length, end);
        if (from < to) target.set(bytes.subarray(from - at, to - at), from - position);
      }
      return end - position;
    },
  };
}
