import type * as ssh2Types from "ssh2";

/**
 * Loads the SSH implementation when it is first needed: it takes tens of milliseconds, which most
 * commands of a program that imports this package need not pay.
 */
export async function loadSsh2(): Promise<Pick<typeof ssh2Types, "Client" | "utils">> {
  const { default: ssh2 } = await import("ssh2");
  return ssh2;
}
