import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { formatLeases } from "../src/index.js";

export const MAC = "8e:01:99:9c:54:b1";
export const NOW = Date.now();
const HOUR_MS = 3_600_000;

/** A directory that goes with the test. */
export async function makeDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "dhcp-leases-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Replaces a file as bootpd does. */
export async function replaceFile(path: string, content: string): Promise<void> {
  await writeFile(`${path}-`, content);
  await rename(`${path}-`, path);
}

/** The content of a leases file: the rows one after the other. */
export function leasesText(
  ...rows: readonly (readonly [ipAddress: string, macAddress: string, expiresInMs?: number])[]
): string {
  return formatLeases(
    rows.map(([ipAddress, address, expiresInMs = HOUR_MS]) => {
      return { ipAddress, hardware: { type: 1, address }, expiresAtMs: NOW + expiresInMs };
    }),
  );
}
