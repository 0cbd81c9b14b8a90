import { describe, expect, test } from "vitest";
import { FIXTURES, inLab, skipped, whyNoLab } from "./in-lab.js";

// On an arm64 computer this is the lab as it is; on another its machines are emulated.
const ARM64 = { VFM_LAB_ARCH: "arm64" };
const modes = ["root", "user namespace"] as const;
const whys = modes.map((mode) => whyNoLab(mode, ARM64));
const mode = modes.find((_, index) => whys[index] === "");
const why = mode === undefined ? [...new Set(whys)].join("; ") : "";

/** As told by fixtures/two-networks.sh for each network. */
const MACHINE = [
  expect.stringMatching(/^c1 is running at 192\.168\.64\.\d+$/),
  "aarch64",
  "docker",
  "hello from outside",
  "4096 /var/lib/boot2docker/userdata.tar",
  "/dev/vdb",
  "/qemu-system-aarch64",
  // Its console is in serial.log, the kernel's beginning too.
  "Linux version 6",
  "sshd started",
  '"outcome": "graceful"',
  "c1 is removed",
];

describe.skipIf(why !== "")(`arm64 machines (needs qemu-system-aarch64)${skipped(why)}`, () => {
  test("are created, answer SSH and go down at the power button, on vmnet-shared and on nat", () => {
    const script = `exec bash ${FIXTURES}/two-networks.sh`;
    const { stdout } = inLab(mode ?? "root", script, { env: ARM64, timeoutMs: 240_000 });
    expect(stdout.split("\n")).toEqual([...MACHINE, ...MACHINE, "0 machines", ""]);
  }, 250_000);
});
