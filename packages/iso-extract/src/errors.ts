import { MachineError } from "@vfkit-machine/host/errors";
import { stripControlCharacters } from "@vfkit-machine/host/text";

/** A name out of an image, fit for a message: quoted, without control characters, at most 120 long. */
export function quote(name: string): string {
  const clean = stripControlCharacters(name).replaceAll("\n", "?");
  return JSON.stringify(clean.length > 120 ? `${clean.slice(0, 117)}...` : clean);
}

/** `ERR_ISO_NOT_AN_ISO` */
export function notAnIso(image: string, seen: string, hint: string): MachineError {
  return new MachineError(`${image} is not an ISO 9660 image: ${seen}`, {
    code: "ERR_ISO_NOT_AN_ISO",
    hint,
  });
}

/** `ERR_ISO_TRUNCATED` */
export function truncated(image: string, what: string, endsAt: number, size: number): MachineError {
  return new MachineError(
    `${image} is truncated: ${what} ends at byte ${endsAt}, the image at byte ${size}`,
    {
      code: "ERR_ISO_TRUNCATED",
      hint: "The download or copy stopped early. Fetch the image again and compare its checksum.",
    },
  );
}

/** `ERR_ISO_MALFORMED` */
export function malformed(image: string, what: string, cause?: unknown): MachineError {
  return new MachineError(`${image} is damaged or hostile: ${what}`, {
    code: "ERR_ISO_MALFORMED",
    hint: "Compare the image's checksum with the one of its publisher.",
    cause,
  });
}

/** `ERR_ISO_UNSUPPORTED` */
export function unsupported(image: string, what: string, hint: string): MachineError {
  return new MachineError(`${image} ${what}`, { code: "ERR_ISO_UNSUPPORTED", hint });
}

/** `ERR_ISO_LIMIT` */
export function limitExceeded(
  image: string,
  what: string,
  limit: string,
  value: number,
): MachineError {
  return new MachineError(`${image}: ${what}, more than the limit of ${value}`, {
    code: "ERR_ISO_LIMIT",
    hint: `Raise \`limits.${limit}\` when the image is to be trusted.`,
  });
}

/** `ERR_ISO_UNSAFE_PATH` */
export function unsafePath(image: string, what: string): MachineError {
  return new MachineError(`${image}: ${what}`, {
    code: "ERR_ISO_UNSAFE_PATH",
    hint: "An honest image has no such name. Do not use this one unless you know who made it.",
  });
}

/** `ERR_ISO_WRONG_TYPE`: a directory where a file is needed, or the reverse. */
export function wrongType(image: string, path: string, is: string, needed: string): MachineError {
  return new MachineError(`${quote(path)} in ${image} is a ${is}, not a ${needed}`, {
    code: "ERR_ISO_WRONG_TYPE",
  });
}

/** `ERR_ISO_INVALID_ARGUMENT` */
export function invalidArgument(message: string): MachineError {
  return new MachineError(message, { code: "ERR_ISO_INVALID_ARGUMENT" });
}

/** `ERR_ISO_READ_FAILED` */
export function readFailed(image: string, cause: unknown): MachineError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MachineError(`reading ${image} failed: ${reason}`, {
    code: "ERR_ISO_READ_FAILED",
    cause,
  });
}

/** `ERR_ISO_ENTRY_NOT_FOUND` */
export function entryNotFound(image: string, path: string, hint: string): MachineError {
  return new MachineError(`${image} has no ${quote(path)}`, {
    code: "ERR_ISO_ENTRY_NOT_FOUND",
    hint,
  });
}

/** `ERR_ISO_CLOSED` */
export function closed(image: string): MachineError {
  return new MachineError(`${image} was closed`, { code: "ERR_ISO_CLOSED" });
}
