import { MachineError } from "@vfkit-machine/host/errors";
import { quote } from "./errors.js";
import { parseGoUrl } from "./go-url.js";

/** The longest path of a unix socket on macOS, in bytes: `sun_path` has 104, one of them for the NUL. */
export const MAX_SOCKET_PATH_BYTES = 103;

/** Where vfkit's REST API is. */
export type RestEndpoint =
  | { readonly kind: "none" }
  | { readonly kind: "unix"; readonly socketPath: string }
  /** `host` is empty when vfkit listens on every address; IPv6 addresses have no brackets here. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/**
 * Reads the value of `--restful-uri` by vfkit's rules: `none://` and nothing else, `unix:///PATH`,
 * `tcp://HOST:PORT` (or `http://`), percent-decoded as a URL.
 *
 * @throws MachineError `ERR_VFKIT_REST_URI`
 */
export function parseRestUri(uri: string): RestEndpoint {
  if (uri === "none://") return { kind: "none" };
  const url = parseGoUrl(uri);
  if (url === undefined) throw restUriError(uri, "it is not a URL");
  switch (url.scheme) {
    case "unix":
      if (url.host !== "") throw restUriError(uri, "a unix URI has no host: write unix:///path");
      return { kind: "unix", socketPath: checkPath(uri, url.path) };
    case "tcp":
    case "http":
      if (url.host === "" || url.path !== "") {
        throw restUriError(uri, "a TCP URI has a host, a port and no path");
      }
      return { kind: "tcp", host: hostname(url.host), port: checkPort(uri, url.port) };
    case "none":
      // vfkit compares with "none://" and takes anything else for an address to listen on.
      throw restUriError(uri, "vfkit understands none:// in this very spelling only");
    default:
      throw restUriError(uri, `vfkit does not know the scheme ${quote(url.scheme)}`);
  }
}

/**
 * The value of `--restful-uri` for a unix socket: `%`, `?` and control characters are
 * percent-encoded, because vfkit reads a URL.
 *
 * @param path absolute, at most 103 bytes
 * @throws MachineError `ERR_VFKIT_REST_URI`
 */
export function restUriForUnixSocket(path: string): string {
  const encoded = path.replace(
    /[%?\u0001-\u001f\u007f]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
  if (!path.startsWith("/")) throw restUriError(path, "the path of a unix socket must be absolute");
  checkPath(path, path);
  return `unix://${encoded}`;
}

function checkPath(uri: string, path: string): string {
  if (path === "") throw restUriError(uri, "a unix URI needs an absolute path: unix:///path");
  if (/\0|\p{Surrogate}/u.test(path)) throw restUriError(uri, "no path has such characters");
  const length = Buffer.byteLength(path);
  if (length > MAX_SOCKET_PATH_BYTES) {
    throw restUriError(
      uri,
      `the path of the socket has ${length} bytes, macOS allows ${MAX_SOCKET_PATH_BYTES}`,
    );
  }
  return path;
}

function checkPort(uri: string, port: string): number {
  const value = Number(port);
  if (port !== "" && value <= 65_535) return value;
  throw restUriError(uri, "a TCP URI needs a port up to 65535");
}

function hostname(host: string): string {
  return host
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1")
    .replace("%25", "%");
}

function restUriError(uri: string, reason: string): MachineError {
  return new MachineError(`not an address for vfkit's REST API: ${quote(uri)}: ${reason}`, {
    code: "ERR_VFKIT_REST_URI",
    hint: "Use unix:///absolute/path, tcp://host:port or none://.",
  });
}
