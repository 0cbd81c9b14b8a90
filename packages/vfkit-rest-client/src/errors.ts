import { MachineError, systemErrorCode } from "@vfkit-machine/host/errors";
import { stripControlCharacters } from "@vfkit-machine/host/text";

const EXCERPT_CHARACTERS = 200;
/** Nobody is there, or something that is no socket. */
const NOT_LISTENING = new Set(["ENOENT", "ECONNREFUSED", "ENOTDIR", "ENOTSOCK"]);
const CLOSED = new Set(["UND_ERR_SOCKET", "ECONNRESET", "EPIPE", "HPE_INVALID_EOF_STATE"]);

/** What undici or the system throws during one exchange, as an error of ours. */
export function toMachineError(address: string, error: unknown): unknown {
  const code = systemErrorCode(error);
  if (code === undefined || error instanceof MachineError) return error;
  const connecting = error instanceof Error && "syscall" in error && error.syscall === "connect";
  if (connecting || code === "ENOTFOUND" || code.startsWith("EAI_")) {
    return NOT_LISTENING.has(code)
      ? notListening(address, code, error)
      : machineError("ERR_VFKIT_UNREACHABLE", `cannot connect to ${address}: ${code}`, error);
  }
  if (CLOSED.has(code)) {
    const message = `${address} closed the connection before it had answered`;
    return machineError("ERR_VFKIT_CONNECTION_CLOSED", message, error);
  }
  if (code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") {
    return machineError(
      "ERR_VFKIT_RESPONSE_TOO_LARGE",
      `the answer of ${address} is too large`,
      error,
    );
  }
  if (code === "UND_ERR_DESTROYED" || code === "UND_ERR_CLOSED") return clientClosed(address);
  const said = error instanceof Error ? error.message : code;
  return machineError("ERR_VFKIT_BAD_RESPONSE", `${address} does not speak HTTP: ${said}`, error);
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
