import { isIP } from "node:net";
import { isAbsolute } from "node:path";
import { MachineError } from "@vfkit-machine/host";
import type { SshTarget } from "./types.js";

const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?:\.(?!-)[A-Za-z0-9_-]{1,63})*\.?$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._@+-]{0,255}$/;
const ALIAS = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$/;

/**
 * Refuses a target that the SSH client, its options or its files could misread.
 *
 * @throws MachineError `ERR_SSH_INVALID_TARGET`
 */
export function assertTarget(target: SshTarget): void {
  const { host, port, user, privateKeyPath, knownHostsPath, hostKeyAlias } = target;
  if (isIP(host) === 0 && !HOST_NAME.test(host)) refuse("host", host, "an address or a host name");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) refuse("port", port, "1 to 65535");
  if (!USER.test(user)) refuse("user", user, "a login name");
  if (!ALIAS.test(hostKeyAlias)) refuse("hostKeyAlias", hostKeyAlias, "letters, digits, . _ -");
  assertPath("privateKeyPath", privateKeyPath);
  assertPath("knownHostsPath", knownHostsPath);
}

// OpenSSH reads these paths from options, where a double quote or backslash begins a quotation and
// ${NAME} is an environment variable, with no spelling that works in all its versions.
function assertPath(field: string, path: string): void {
  if (!isAbsolute(path)) refuse(field, path, "an absolute path");
  if (/[\u0000-\u001f\u007f"\\]|\$\{/.test(path)) {
    refuse(field, path, 'a path without control characters, ", \\ and ${');
  }
}

function refuse(field: string, value: unknown, wanted: string): never {
  throw new MachineError(`${field} of the SSH target is ${JSON.stringify(value)}, not ${wanted}`, {
    code: "ERR_SSH_INVALID_TARGET",
  });
}
