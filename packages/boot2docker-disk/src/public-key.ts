import { MachineError } from "@vfkit-machine/host";

/**
 * Checks that `text` is one OpenSSH public key: `type base64 [comment]`, where the encoded key
 * begins with the same type (RFC 4253, section 6.6).
 *
 * @returns the line with exactly one newline at its end
 * @throws MachineError `ERR_DISK_INVALID_KEY`; a private key is refused without being quoted
 */
export function checkedPublicKeyLine(text: string): string {
  if (text.includes("PRIVATE KEY")) {
    throw invalid("got a private key", "Give the content of the file that ends in .pub.");
  }
  const line = text.replace(/\r?\n$/, "");
  if (/[\r\n\0]/.test(line)) throw invalid("got more than one line");
  const [type, encoded] = line.trim().split(/[ \t]+/);
  if (type === undefined || encoded === undefined || encodedType(encoded) !== type) {
    throw invalid(`not an OpenSSH public key: ${JSON.stringify(abridge(line))}`);
  }
  return `${line.trim()}\n`;
}

/** The name of the algorithm inside an encoded key, or undefined when it holds none. */
function encodedType(encoded: string): string | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const blob = Buffer.from(encoded, "base64");
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  return length > blob.length - 4 ? undefined : blob.toString("latin1", 4, 4 + length);
}

function abridge(line: string): string {
  return line.length > 80 ? `${line.slice(0, 80)}...` : line;
}

function invalid(what: string, hint?: string): MachineError {
  return new MachineError(`cannot use the public key: ${what}`, {
    code: "ERR_DISK_INVALID_KEY",
    hint: hint ?? "Give one line as in a .pub file: ssh-ed25519 AAAA... comment.",
  });
}
