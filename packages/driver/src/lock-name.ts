import type { LockHolder } from "./lock-holder.js";

/**
 * The name of a lock's file says who holds it, so that the file is empty: a lock can be taken on a
 * disk that has no byte left, and a machine be removed to make space.
 *
 * @param token random, 24 hexadecimal digits
 */
export function formatLockName(
  token: string,
  { pid, startTime, operation, since }: LockHolder,
): string {
  return [token, pid, startTime, operation, since].map(encodeURIComponent).join(",");
}

/** @returns undefined for a name that is none of ours */
export function parseLockName(name: string): LockHolder | undefined {
  const match = /^[0-9a-f]{24},(\d{1,10}),([^,]+),([^,]+),(\d{1,16})$/.exec(name);
  const [, pid, startTime, operation, since] = match ?? [];
  if (startTime === undefined || operation === undefined) return undefined;
  try {
    return {
      pid: Number(pid),
      startTime: decodeURIComponent(startTime),
      operation: decodeURIComponent(operation),
      since: Number(since),
    };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
