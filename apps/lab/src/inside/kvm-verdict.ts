import { systemErrorCode } from "@vfkit-machine/host";
import { chown, copyFile, mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { RUN } from "../lab-paths.js";

/** Where vfkit-qemu keeps it. */
const VERDICT = join(RUN, "kvm-works.json");

/**
 * Carries vfkit-qemu's verdict on KVM from one lab to the next: the probe takes seconds where KVM
 * hangs, and the lab's own directory starts empty.
 */
export async function keepKvmVerdict(kept: string, direction: "in" | "out"): Promise<void> {
  const [from, to] = direction === "in" ? [kept, VERDICT] : [VERDICT, kept];
  try {
    await mkdir(dirname(to), { recursive: true });
    await copyFile(from, to);
    const { uid, gid } = await stat(dirname(to));
    await chown(to, uid, gid);
  } catch (error) {
    // No machine was started yet, here or ever.
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
}
