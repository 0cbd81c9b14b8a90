/** An event of QEMU: `SHUTDOWN`, `STOP`, `RESUME`, ... */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One line of the QEMU Machine Protocol, told apart. See QEMU's `docs/interop/qmp-spec`. */
export type QmpMessage =
  | { readonly kind: "greeting" }
  | ({ readonly kind: "event" } & QmpEvent)
  | { readonly kind: "return"; readonly id: number | undefined; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number | undefined; readonly description: string }
  | { readonly kind: "unknown"; readonly line: string };

/** Never throws: what is not QMP is `unknown`. */
export function parseQmpMessage(line: string): QmpMessage {
  const message = tryParseObject(line);
  if (message === undefined) return { kind: "unknown", line };
  const id = typeof message["id"] === "number" ? message["id"] : undefined;
  if ("QMP" in message) return { kind: "greeting" };
  if (typeof message["event"] === "string") {
    return { kind: "event", event: message["event"], data: asObject(message["data"]) ?? {} };
  }
  if ("return" in message) return { kind: "return", id, value: message["return"] };
  const error = asObject(message["error"]);
  if (error === undefined) return { kind: "unknown", line };
  const description = typeof error["desc"] === "string" ? error["desc"] : JSON.stringify(error);
  return { kind: "error", id, description };
}

/** One command, with its line end. */
export function formatQmpCommand(
  id: number,
  command: string,
  args?: Readonly<Record<string, unknown>>,
): string {
  const message = { execute: command, ...(args === undefined ? {} : { arguments: args }), id };
  return `${JSON.stringify(message)}\n`;
}

/**
 * Cuts a byte stream into lines.
 *
 * @param maxLineBytes a longer line is given to `onLine` in pieces of that size: the reader's memory
 *   stays bounded, and a piece is no valid message
 */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxLineBytes: number = 1024 * 1024,
): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf(0x0a);
      const length = end === -1 ? maxLineBytes : Math.min(end, maxLineBytes);
      if (end === -1 && rest.length < maxLineBytes) return;
      const line = rest.toString("utf8", 0, length);
      rest = rest.subarray(length === end ? end + 1 : length);
      onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
    }
  };
}

function tryParseObject(line: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(line));
  } catch {
    // Not JSON: the caller says what it makes of it.
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
