/*
 * The file format of OpenSSH: PROTOCOL.key in its source, and RFC 8709 for Ed25519.
 */

export interface Ed25519KeyMaterial {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32 bytes of RFC 8032's private key. */
  readonly seed: Uint8Array;
  /** Any 32-bit number: it stands there twice, so that a wrong passphrase would be noticed. */
  readonly checkNumber: number;
  readonly comment: string;
}

const KEY_TYPE = "ssh-ed25519";
const MAGIC = Buffer.from("openssh-key-v1\0", "latin1");
const CIPHER_BLOCK_BYTES = 8;
const LINE_LENGTH = 70;

/** The public key as it goes over the wire: `string "ssh-ed25519"`, `string key`. */
function encodePublicKeyBlob(publicKey: Uint8Array): Buffer {
  return Buffer.concat([string(KEY_TYPE), string(publicKey)]);
}

/** One line of `authorized_keys`, without a line end. */
export function encodePublicKeyLine(publicKey: Uint8Array, comment: string): string {
  const blob = encodePublicKeyBlob(publicKey).toString("base64");
  return comment === "" ? `${KEY_TYPE} ${blob}` : `${KEY_TYPE} ${blob} ${comment}`;
}

/** An unencrypted private key file, with its line end. */
export function encodePrivateKeyFile(material: Ed25519KeyMaterial): string {
  const { publicKey, seed, checkNumber, comment } = material;
  const secret = Buffer.concat([
    uint32(checkNumber),
    uint32(checkNumber),
    encodePublicKeyBlob(publicKey),
    string(Buffer.concat([seed, publicKey])),
    string(comment),
  ]);
  const file = Buffer.concat([
    MAGIC,
    string("none"), // cipher
    string("none"), // key derivation
    string(""), // its options
    uint32(1), // number of keys
    string(encodePublicKeyBlob(publicKey)),
    string(pad(secret)),
  ]);
  const lines = file.toString("base64").match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [
    "-----BEGIN OPENSSH PRIVATE KEY-----",
    ...lines,
    "-----END OPENSSH PRIVATE KEY-----",
    "",
  ].join("\n");
}

/** Filled up to the block size with the bytes 1, 2, 3, ... */
function pad(data: Buffer): Buffer {
  const missing = (CIPHER_BLOCK_BYTES - (data.length % CIPHER_BLOCK_BYTES)) % CIPHER_BLOCK_BYTES;
  return Buffer.concat([data, Uint8Array.from({ length: missing }, (_, index) => index + 1)]);
}

function string(data: string | Uint8Array): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
