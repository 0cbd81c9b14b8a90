import { describe, expect, it } from "vitest";
import { whyUnbootable } from "./kernel.js";

/** The beginning of a kernel, zeros but for these marks. */
function head(...marks: readonly (readonly [at: number, bytes: string])[]): Buffer {
  const bytes = Buffer.alloc(0x206);
  for (const [at, mark] of marks) bytes.write(mark, at, "latin1");
  return bytes;
}

// What the kernels of minikube's two ISOs begin with: an EFI stub, and the mark of their kind.
const ARM64_IMAGE = head([0, "MZ"], [0x38, "ARM\u0064"]);
const X86_BZIMAGE = head([0, "MZ"], [0x1fe, "\u0055\u00aa"], [0x202, "HdrS"]);

describe("whyUnbootable", () => {
  it.each([
    ["an arm64 Image", ARM64_IMAGE, "arm64", undefined],
    ["a bzImage", X86_BZIMAGE, "x64", undefined],
    ["a bzImage", X86_BZIMAGE, "arm64", "is for x86-64, and this computer is arm64"],
    ["an arm64 Image", ARM64_IMAGE, "x64", "is for arm64, and this computer is x64"],
    ["a gzipped Image", head([0, "\u001f\u008b\u0008"]), "arm64", "is compressed"],
    ["a zboot Image", head([0, "MZ\0\0zimg"]), "arm64", "is compressed"],
    ["what nobody knows", head(), "arm64", undefined],
    ["what nobody knows", head(), "x64", undefined],
    ["next to nothing", Buffer.from("MZ"), "arm64", undefined],
  ])("%s: %#", (_what, bytes, arch, expected) => {
    expect(whyUnbootable(bytes, arch)).toBe(expected);
  });
});
