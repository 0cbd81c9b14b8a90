import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { systemErrorCode } from "@vfkit-machine/host";

/** A directory with the disk images that the command lines name; gone with the `using`. */
export interface DiskDirectory extends Disposable {
  readonly path: string;
  /** Puts a disk there, wherever a hostile name leads within it; where none can be, there is none. */
  put(name: string): string;
}

export function makeDiskDirectory(): DiskDirectory {
  const path = mkdtempSync(join(tmpdir(), "contract-"));
  mkdirSync(join(path, "directory"));
  writeFileSync(join(path, "disk.img"), "raw data");
  writeFileSync(join(path, "a=b c.img"), "x");
  writeFileSync(join(path, "empty.img"), "");
  writeFileSync(join(path, "short.img"), "QF");
  writeFileSync(join(path, "qcow2.img"), Buffer.from("514649fb6d6f7265", "hex"));
  return {
    path,
    put: (name) => {
      const file = join(path, "disks", join("/", name));
      putFile(file);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

function putFile(path: string): void {
  if (/[\0\p{Surrogate}]/u.test(path)) return;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "x");
  } catch (error) {
    const cannotBe = ["EISDIR", "ENOTDIR", "ENAMETOOLONG", "EEXIST"];
    if (!cannotBe.includes(systemErrorCode(error) ?? "")) throw error;
  }
}
