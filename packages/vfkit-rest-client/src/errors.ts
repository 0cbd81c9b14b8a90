import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { stripControlCharacters } from "@vfkit-machine/host/text";

const EXCERPT_CHARACTERS = 200;
/** Nobody is there, or something that is no socket. */
const NOT_LISTENING = new Set(["ENOENT", "ECONNREFUSED", "ENOTDIR", "ENOTSOCK"]);
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE"]);

/** What undici or the system throws during one exchange, as an error of ours. */
export function toMachineError(address: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof MachineError) return error;
  const code = systemErrorCode(error);
  if (error.name === "HTTPParserError" || isBadAnswer(error)) {
    const message = `${address} does not speak HTTP: ${error.message}`;
    return machineError("ERR_VFKIT_BAD_RESPONSE", message, error);
  }
  if (code === undefined) return error;
  const why = connectCode(error, code);
  if (why !== undefined) {
    return NOT_LISTENING.has(why)
      ? notListening(address, why, error)
      : machineError("ERR_VFKIT_UNREACHABLE", `cannot connect to ${address}: ${why}`, error);
  }
  if (CLOSED.has(code)) {
    const message = `${address} closed the connection before it had answered`;
    return machineError("ERR_VFKIT_CONNECTION_CLOSED", message, error);
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    const message = `the answer of ${address} is too large`;
    return machineError("ERR_VFKIT_RESPONSE_TOO_LARGE", message, error);
  }
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return clientClosed(address);
  return machineError(
    "ERR_VFKIT_BAD_RESPONSE",
    `bad answer of ${address}: ${error.message}`,
    error,
  );
}

/**
 * Why there is no connection; undefined when there was one. A name with several addresses, as
 * `localhost` is on macOS, fails with an error for each: where one says that nobody listens, it counts.
 */
function connectCode(error: Error, code: string): string | undefined {
  if (error instanceof AggregateError) {
    const codes = error.errors.map((each) => systemErrorCode(each));
    return codes.find((each) => each !== undefined && NOT_LISTENING.has(each)) ?? code;
  }
  const connecting =
    "syscall" in error && (error.syscall === "connect" || error.syscall === "getaddrinfo");
  return connecting || code === "UND_ERR_CONNECT_TIMEOUT" ? code : undefined;
}

/** undici closes the connection itself when it cannot go on, and then says "bad upgrade" or "bad response". */
function isBadAnswer(error: Error): boolean {
  return systemErrorCode(error) === "UND_ERR_SOCKET" && error.message.startsWith("bad ");
}

/** The answer is HTTP, but not what vfkit says. */
export function badResponse(what: string, body: string): MachineError {
  return machineError("ERR_VFKIT_BAD_RESPONSE", `${what}: ${excerpt(body)}`, undefined);
}

export function clientClosed(address: string): MachineError {
  return machineError("ERR_VFKIT_CLIENT_CLOSED", `the client of ${address} was closed`, undefined);
}

/** The start of a text from outside, quoted, in one line. */
export function excerpt(text: string): string {
  const clean = stripControlCharacters(text.slice(0, EXCERPT_CHARACTERS + 1)).trim();
  const cut = text.length > EXCERPT_CHARACTERS ? "..." : "";
  return clean === "" ? "(empty)" : `${JSON.stringify(clean.slice(0, EXCERPT_CHARACTERS))}${cut}`;
}

function notListening(address: string, code: string, cause: unknown): MachineError {
  return new MachineError(`nobody listens on ${address}: ${code}`, {
    code: "ERR_VFKIT_NOT_LISTENING",
    hint: "vfkit is not running, or was started without --restful-uri.",
    cause,
  });
}

function machineError(code: string, message: string, cause: unknown): MachineError {
  return new MachineError(message, { code, cause });
}
