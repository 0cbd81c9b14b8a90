import { isSince, type Version } from "./versions.js";
import type { Own, Verdict } from "./real-parser.js";

type Json = Record<string, unknown>;

/**
 * A verdict as one text, with sorted keys, to be compared with another. What the versions say in
 * another way, or not at all, is evened out here, and nothing else is.
 */
export function comparable(verdict: Verdict, version: Version): string {
  const { outcome, own = {}, ignored = [] } = verdict;
  if (outcome !== "run") return outcome;
  const inspect = comparableInspect(verdict.inspect ?? {}, version);
  return sorted({ inspect, own: { ...own, ...plainPort(own) }, ignored });
}

/** Go keeps the zeros in front of a port. */
function plainPort({ rest }: Own): Own {
  const tcp = rest?.["tcp"]?.replace(/:0*(\d+)$/, ":$1");
  return tcp === undefined ? {} : { rest: { tcp } };
}

/** `toInspect`'s JSON, or that of vfkit's own encoding. */
function comparableInspect(inspect: Json, version: Version): Json {
  const copy = JSON.parse(JSON.stringify(inspect)) as Json & { devices?: Json[] };
  const bootloader = copy["bootloader"] as Json;
  const devices = copy.devices ?? [];
  if (isSince(version, "0.6.2")) return { ...copy, devices: devices.map(withoutVainMagic) };
  // Before 0.6.2, --gui adds no devices (the caller gives none), and ignition has a socket.
  const shown = devices
    .map((device) => plain(device))
    .filter(({ socketurl }) => !String(socketurl).endsWith("/ignition.sock"));
  return { ...plain(copy), bootloader: plain(bootloader), devices: shown };
}

/** vfkit also says vfkitMagic of a device without a socket's path, where it means nothing. */
function withoutVainMagic(device: Json): Json {
  const { vfkitMagic, ...others } = device;
  return device["unixSocketPath"] === undefined ? others : { ...others, vfkitMagic };
}

/**
 * vfkit 0.5.1 writes the names of Go's fields, with capitals, and their empty values too; MAC
 * addresses are base64 there. Newer members, and the devices, are left out.
 */
function plain(object: Json): Json {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]): [string, unknown][] => {
      const key = name.toLowerCase();
      const isEmpty = value === null || value === false || value === "";
      if (isEmpty || ["devices", "vfkitmagic", "usesgui"].includes(key)) return [];
      if (key === "macaddress") return [[key, macAddress(value as string)]];
      if (key !== "timesync" && key !== "ignition") return [[key, value]];
      const { socketpath: _, ...others } = plain(value as Json);
      return [[key, others]];
    }),
  );
}

function macAddress(text: string): string {
  return text.includes(":")
    ? text.replaceAll(":", "")
    : Buffer.from(text, "base64").toString("hex");
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}
