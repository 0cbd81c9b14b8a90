import { Buffer } from "node:buffer";

/** A file of an initial RAM file system. */
export type CpioEntry =
  | { readonly path: string; readonly kind: "directory" }
  | {
      readonly path: string;
      readonly kind: "file";
      readonly data: Uint8Array;
      readonly mode: number;
    };

/** An archive in cpio's "newc" format, which the kernel unpacks; see initramfs-buffer-format in its documentation. */
export function createCpio(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, index) => {
    const data = entry.kind === "file" ? entry.data : new Uint8Array();
    const mode = entry.kind === "file" ? 0o100_000 | entry.mode : 0o040_755;
    return member(entry.path, mode, index + 1, data);
  });
  return Buffer.concat([...members, member("TRAILER!!!", 0, 0, new Uint8Array())]);
}

function member(path: string, mode: number, inode: number, data: Uint8Array): Buffer {
  const name = Buffer.from(`${path}\0`);
  // inode, mode, uid, gid, links, mtime, size, device (2), rdevice (2), name size, check
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return Buffer.concat([pad(Buffer.concat([Buffer.from(header), name])), pad(Buffer.from(data))]);
}

function pad(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
