import { MachineError } from "@vfkit-machine/host/errors";
import { MAX_SOCKET_PATH_BYTES } from "./defaults.js";
import type { Target } from "./types.js";

/** Where undici connects to. */
export interface Address {
  /** `http://HOST:PORT`; for a socket any host will do. */
  readonly origin: string;
  readonly socketPath: string | undefined;
  /** For messages. */
  readonly text: string;
}

/** @throws MachineError `ERR_VFKIT_ADDRESS` */
export function toAddress(target: Target): Address {
  if (typeof target === "string") return fromUri(target);
  if ("socketPath" in target) return fromSocketPath(target.socketPath);
  return fromUrl(target.url);
}

function fromUri(uri: string): Address {
  const [, long, short] = /^unix:(?:\/\/(\/[^?]*)|(\/(?!\/)[^?]*))$/i.exec(uri) ?? [];
  const encodedPath = long ?? short;
  if (encodedPath !== undefined) return fromSocketPath(decode(uri, encodedPath));
  // As vfkit: a URL without a port would mean port 80.
  if (/^tcp:\/\/(?!.*:\d+\/?$)/i.test(uri)) throw invalid(uri, "a TCP address needs a port");
  return fromUrl(uri.replace(/^tcp:/i, "http:"));
}

function fromSocketPath(socketPath: string): Address {
  const length = Buffer.byteLength(socketPath);
  if (socketPath === "" || socketPath.includes("\0")) throw invalid(socketPath, "not a path");
  // Node.js would cut a longer path off and connect to what is left of it.
  if (length > MAX_SOCKET_PATH_BYTES) {
    const limit = `the path has ${length} bytes, a unix socket on macOS at most ${MAX_SOCKET_PATH_BYTES}`;
    throw invalid(socketPath, limit);
  }
  return { origin: "http://localhost", socketPath, text: socketPath };
}

function fromUrl(url: string): Address {
  const { protocol, host, pathname, search, hash } = URL.canParse(url)
    ? new URL(url)
    : { protocol: "", host: "", pathname: "", search: "", hash: "" };
  if (protocol !== "http:" || host === "" || pathname !== "/" || search !== "" || hash !== "") {
    throw invalid(url, "expected unix:///absolute/path, tcp://host:port or http://host:port");
  }
  return { origin: `http://${host}`, socketPath: undefined, text: `http://${host}` };
}

function decode(uri: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) throw invalid(uri, "a bad percent escape");
    throw error;
  }
}

function invalid(target: string, reason: string): MachineError {
  return new MachineError(
    `not an address of vfkit's REST API: ${JSON.stringify(target)}: ${reason}`,
    {
      code: "ERR_VFKIT_ADDRESS",
    },
  );
}
