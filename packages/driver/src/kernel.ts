import { MachineError } from "@vfkit-machine/host";
import { open } from "node:fs/promises";
import { BOOT_FILES } from "./iso-files.js";

/** Enough of a kernel to tell what it is. */
const HEAD_BYTES = 0x206;

/**
 * Why a computer cannot boot a kernel that begins so; undefined when nothing speaks against it. Pure.
 *
 * On arm64 Apple's framework boots a bare `Image` only, and vfkit calls every other compressed, one
 * for x86-64 too. The marks are those of the kernel's own documentation: arch/arm64/booting.rst,
 * arch/x86/boot.rst; `zimg` is that of `EFI_ZBOOT`.
 *
 * @param arch as `process.arch`
 */
export function whyUnbootable(head: Buffer, arch: string): string | undefined {
  const has = (mark: string, at: number): boolean =>
    head.toString("latin1", at, at + mark.length) === mark;
  if (arch === "arm64") {
    if (has("\u001f\u008b", 0) || has("zimg", 4)) return "is compressed";
    if (has("HdrS", 0x202)) return "is for x86-64, and this computer is arm64";
  } else if (has("ARMd", 0x38)) return `is for arm64, and this computer is ${arch}`;
  return undefined;
}

/** @throws MachineError `ERR_CHECK_ISO` for a kernel of another architecture, or one that is compressed */
export async function requireBootable(path: string, arch: string): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  const handle = await open(path);
  try {
    await handle.read(head, 0, head.length, 0);
  } finally {
    await handle.close();
  }
  const why = whyUnbootable(head, arch);
  if (why === undefined) return;
  throw new MachineError(`the kernel in the ISO (${BOOT_FILES.kernel}) ${why}`, {
    code: "ERR_CHECK_ISO",
    hint:
      arch === "arm64"
        ? "Use an ISO made for Apple silicon: there the kernel must be an uncompressed Image."
        : "Use an ISO made for x86-64.",
  });
}
