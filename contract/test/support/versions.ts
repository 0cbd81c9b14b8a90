/** Every published vfkit that the Go module proxies have and that builds, oldest first. (0.6.2 they do not have.) */
export const VERSIONS = ["0.5.1", "0.6.0", "0.6.1", "0.6.3", "0.6.4"] as const;

export type Version = (typeof VERSIONS)[number];

export const NEWEST: Version = "0.6.4";

/** Is `version` as old as this, or newer? All of them have one digit a part. */
export function isSince(version: Version, release: string): boolean {
  return version >= release;
}
