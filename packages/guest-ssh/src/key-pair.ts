import { generateKeyPairSync, randomInt } from "node:crypto";

import { MachineError, removeIfPresent, systemErrorCode } from "@vfkit-machine/host";
import { createFile } from "./exclusive-file.js";
import { encodePrivateKeyFile, encodePublicKeyLine } from "./openssh-key.js";

const PRIVATE_KEY_MODE = 0o600;
const PUBLIC_KEY_MODE = 0o644;
const MAX_COMMENT_LENGTH = 255;

/** An Ed25519 key pair in OpenSSH's formats. */
export interface KeyPair {
  /** The private key file, unencrypted, with its line end. */
  readonly privateKey: string;
  /** One line for `authorized_keys`, without a line end: type, base64, comment. */
  readonly publicKey: string;
}

/** A key pair on disk. */
export interface KeyPairFiles {
  readonly privateKeyPath: string;
  readonly publicKeyPath: string;
  /** As in {@link KeyPair}. */
  readonly publicKey: string;
}

export interface KeyPairOptions {
  /** At the end of the public key: at most 255 printable characters (default none). */
  readonly comment?: string | undefined;
}

/**
 * Makes an Ed25519 key pair.
 *
 * @throws MachineError `ERR_SSH_INVALID_COMMENT`
 */
export function generateKeyPair({ comment = "" }: KeyPairOptions = {}): KeyPair {
  assertComment(comment);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const { d: seed } = privateKey.export({ format: "jwk" });
  const { x } = publicKey.export({ format: "jwk" });
  if (seed === undefined || x === undefined) throw new Error("an Ed25519 JWK has no x or no d");
  const publicBytes = Buffer.from(x, "base64url");
  return {
    privateKey: encodePrivateKeyFile({
      publicKey: publicBytes,
      seed: Buffer.from(seed, "base64url"),
      checkNumber: randomInt(2 ** 32),
      comment,
    }),
    publicKey: encodePublicKeyLine(publicBytes, comment),
  };
}

/**
 * Makes a key pair at `path` (mode 0600 whatever the umask) and `path.pub` (0644). Neither may exist:
 * a key is never overwritten, and when one file cannot be made, none is left.
 *
 * @throws MachineError `ERR_SSH_KEY_EXISTS`, `ERR_SSH_INVALID_COMMENT`; system errors as they are
 */
export async function writeKeyPair(
  path: string,
  options: KeyPairOptions = {},
): Promise<KeyPairFiles> {
  const { privateKey, publicKey } = generateKeyPair(options);
  const publicKeyPath = `${path}.pub`;
  await createKeyFile(path, privateKey, PRIVATE_KEY_MODE);
  try {
    await createKeyFile(publicKeyPath, `${publicKey}\n`, PUBLIC_KEY_MODE);
  } catch (error) {
    await removeIfPresent(path);
    throw error;
  }
  return { privateKeyPath: path, publicKeyPath, publicKey };
}

async function createKeyFile(path: string, content: string, mode: number): Promise<void> {
  try {
    await createFile(path, content, mode);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    throw new MachineError(`there is already a key at ${path}`, {
      code: "ERR_SSH_KEY_EXISTS",
      hint: "A key is never overwritten: move it away, or choose another path.",
      cause: error,
    });
  }
}

// A line break would end the line of authorized_keys and begin another.
function assertComment(comment: string): void {
  if (comment.length <= MAX_COMMENT_LENGTH && !/\p{C}/u.test(comment)) return;
  throw new MachineError(
    `not a comment for a key: ${JSON.stringify(comment.slice(0, 2 * MAX_COMMENT_LENGTH))}`,
    {
      code: "ERR_SSH_INVALID_COMMENT",
      hint: `Use at most ${MAX_COMMENT_LENGTH} printable characters.`,
    },
  );
}
