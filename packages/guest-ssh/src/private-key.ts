import { MachineError, readFileBounded, systemErrorCode } from "@vfkit-machine/host";
import type { ParsedKey } from "ssh2";
import { MAX_KEY_FILE_BYTES } from "./defaults.js";
import { convertPkcs8 } from "./pkcs8.js";
import { loadSsh2 } from "./ssh2.js";

/**
 * Reads a private key file of any kind that OpenSSH writes, unencrypted.
 *
 * @throws MachineError `ERR_SSH_KEY_UNREADABLE`
 */
export async function readPrivateKey(path: string): Promise<ParsedKey> {
  const { utils } = await loadSsh2();
  const file = await readKeyFile(path);
  const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(readable(path, file));
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) throw unreadable(path, key.message, key);
  if (key === undefined || !key.isPrivateKey()) throw unreadable(path, "it holds no private key");
  return key;
}

function readable(path: string, file: Buffer): Buffer | string {
  try {
    return convertPkcs8(file) ?? file;
  } catch (error) {
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  }
}

async function readKeyFile(path: string): Promise<Buffer> {
  try {
    return await readFileBounded(path, MAX_KEY_FILE_BYTES);
  } catch (error) {
    const why = systemErrorCode(error) ?? (error instanceof Error ? error.message : String(error));
    throw unreadable(path, why, error);
  }
}

function unreadable(path: string, why: string, cause?: unknown): MachineError {
  return new MachineError(`cannot use the private key ${path}: ${why}`, {
    code: "ERR_SSH_KEY_UNREADABLE",
    hint: "It must be an unencrypted private key that you may read.",
    cause,
  });
}
