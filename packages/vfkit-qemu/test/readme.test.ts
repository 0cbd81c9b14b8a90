import { runReadmeExample } from "@vfkit-machine/host/testing";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareGuest } from "./support/guest.js";

const guest = await prepareGuest();
const reason = "missing" in guest ? ` (skipped: ${guest.missing})` : "";

test.skipIf("missing" in guest)(
  `the README's example runs${reason}`,
  async () => {
    if ("missing" in guest) throw new Error(guest.missing);
    const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
      env: {
        ...process.env,
        VFKIT_QEMU_ACCEL: "tcg",
        KERNEL: guest.kernelPath,
        INITRD: guest.initrdPath,
      },
      timeoutMs: 60_000,
    });
    expect(result).toMatchObject({
      stderr: "",
      stdout: "the guest is up\nvfkit exited with 0\n",
    });
  },
  60_000,
);
