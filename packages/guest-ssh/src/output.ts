/** Takes what a command prints on one of its two streams. */
export interface Output {
  /** @returns false when it is too much */
  take(chunk: Buffer): boolean;
  text(): string;
}

/** Keeps up to `maxBytes`, or hands everything to `onChunk` and keeps nothing. */
export function keepOutput(
  maxBytes: number,
  onChunk: ((chunk: Uint8Array) => void) | undefined,
): Output {
  const chunks: Buffer[] = [];
  let length = 0;
  return {
    take: (chunk) => {
      if (onChunk !== undefined) {
        onChunk(chunk);
        return true;
      }
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      return length <= maxBytes;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}
