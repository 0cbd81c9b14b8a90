import { isIP } from "node:net";

/** What `vfkit.pid` says of the process that runs the machine. */
export interface ProcessRecord {
  readonly pid: number;
  /** Absent when somebody else wrote the file: then the command line alone must prove it. */
  readonly startTime: string | undefined;
  /** Path of the REST socket that its command line names. */
  readonly socket: string | undefined;
  /** Unix milliseconds. */
  readonly startedAt: number | undefined;
  /** Where the guest answered when the start was done. */
  readonly ip: string | undefined;
}

/**
 * Writes the record as PostgreSQL does its `postmaster.pid`: the first line is the pid, as every
 * tool expects of a pid file, the rest is ours (one line of JSON).
 */
export function formatProcessRecord(record: ProcessRecord): string {
  const { pid, ...rest } = record;
  return `${pid}\n${JSON.stringify(rest)}\n`;
}

/** @returns undefined when the text holds no pid: empty, cut short, rubbish */
export function parseProcessRecord(text: string): ProcessRecord | undefined {
  const [first = "", second = ""] = text.split("\n");
  if (!/^\s*[1-9]\d{0,9}\s*$/.test(first)) return undefined;
  const rest = parseObject(second);
  return {
    pid: Number(first),
    startTime: stringOf(rest["startTime"]),
    socket: stringOf(rest["socket"]),
    startedAt: typeof rest["startedAt"] === "number" ? rest["startedAt"] : undefined,
    ip: ipOf(rest["ip"]),
  };
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A bare pid file: the pid is all that there is.
    return {};
  }
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function ipOf(value: unknown): string | undefined {
  return typeof value === "string" && isIP(value) !== 0 ? value : undefined;
}
