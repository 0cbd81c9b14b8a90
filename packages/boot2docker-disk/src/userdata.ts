import { MachineError } from "@vfkit-machine/host";
import { pack, type Header } from "tar-stream";
import { MAGIC, USERDATA_BYTES } from "./defaults.js";
import { checkedPublicKeyLine } from "./public-key.js";
import type { UserdataOptions } from "./types.js";

// Fixed, so that equal input gives equal bytes; and not 0, which makes GNU tar warn of
// "implausibly old time stamp".
const MTIME = new Date(Date.UTC(2000, 0, 1));

/**
 * Encodes the tar with which a boot2docker data disk begins: an empty file with the magic name, then
 * `.ssh/` (0700), `.ssh/authorized_keys` and `.ssh/authorized_keys2` (0644), all owned by root (the
 * guest changes the owner after unpacking). Plain ustar: a PAX header would stand before the magic.
 *
 * The magic entry has no content, unlike that of other writers: that leaves room for the two blocks
 * of zeros that end an archive, so that the 4096 bytes which the guest keeps are a complete tar.
 *
 * @returns always 4096 bytes; equal input gives equal bytes
 * @throws MachineError `ERR_DISK_KEY_TOO_LARGE`, `ERR_DISK_INVALID_KEY`
 */
export async function encodeUserdata(options: UserdataOptions): Promise<Uint8Array> {
  const key = checkedPublicKeyLine(options.publicKey);
  const tar = await encodeTar([
    { name: MAGIC, mode: 0o644, content: "" },
    { name: ".ssh/", mode: 0o700, type: "directory" },
    { name: ".ssh/authorized_keys", mode: 0o644, content: key },
    { name: ".ssh/authorized_keys2", mode: 0o644, content: key },
  ]);
  if (tar.length > USERDATA_BYTES) throw tooLarge(Buffer.byteLength(key), tar.length);
  return tar;
}

interface Entry extends Pick<Header, "name" | "mode">, Partial<Pick<Header, "type">> {
  readonly content?: string;
}

async function encodeTar(entries: readonly Entry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { content, ...own } of entries) {
    const header = { ...own, mtime: MTIME, uid: 0, gid: 0, uname: "root", gname: "root" };
    if (content === undefined) tar.entry(header);
    else tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function tooLarge(keyBytes: number, tarBytes: number): MachineError {
  return new MachineError(
    `the public key has ${keyBytes} bytes, which makes a tar of ${tarBytes} bytes: ` +
      `the guest keeps only the first ${USERDATA_BYTES}, and a key may have 512`,
    {
      code: "ERR_DISK_KEY_TOO_LARGE",
      hint: "Use an Ed25519 key (ssh-keygen -t ed25519), or shorten the comment of the key.",
    },
  );
}
