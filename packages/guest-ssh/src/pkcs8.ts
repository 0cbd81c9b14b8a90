import { createPrivateKey, type KeyObject } from "node:crypto";
import { encodePrivateKeyFile } from "./openssh-key.js";

const PEM_LABEL = "-----BEGIN PRIVATE KEY-----";

/**
 * Turns a key of PKCS #8 (`ssh-keygen -m PKCS8`, `openssl genpkey`), which ssh2 does not read, into a
 * form that it does.
 *
 * @returns undefined for a file of another form
 * @throws errors of OpenSSL for what is damaged
 */
export function convertPkcs8(file: Uint8Array): string | undefined {
  const text = Buffer.from(file).toString("latin1");
  if (!text.trimStart().startsWith(PEM_LABEL)) return undefined;
  const key = createPrivateKey(text);
  const kind = key.asymmetricKeyType;
  if (kind === "rsa") return key.export({ format: "pem", type: "pkcs1" }).toString();
  if (kind === "ec") return key.export({ format: "pem", type: "sec1" }).toString();
  if (kind === "ed25519") return encodeEd25519(key);
  throw new Error(`SSH has no keys of the kind ${kind ?? "unknown"}`);
}

function encodeEd25519(key: KeyObject): string {
  const { d = "", x = "" } = key.export({ format: "jwk" });
  return encodePrivateKeyFile({
    publicKey: Buffer.from(x, "base64url"),
    seed: Buffer.from(d, "base64url"),
    checkNumber: 0,
    comment: "",
  });
}
