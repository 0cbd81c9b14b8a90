import { createHost } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { prepare, requirePrepared } from "./prepare.js";

const ignore = (): void => {};

describe("a host that the lab cannot use is refused by name", () => {
  it("another system", async () => {
    const host = createHost({ platform: "darwin" });
    await expect(prepare(host, ignore)).rejects.toMatchObject({
      code: "ERR_LAB_PLATFORM",
      message: expect.stringContaining("darwin"),
    });
  });

  it("another architecture", async () => {
    const host = createHost({ platform: "linux", arch: "riscv64" });
    await expect(prepare(host, ignore)).rejects.toMatchObject({
      code: "ERR_LAB_ARCHITECTURE",
      message: expect.stringContaining("riscv64"),
    });
  });

  it.skipIf(existsSync("/usr/bin/qemu-system-aarch64"))(
    "arm64 without its QEMU (needs a host that has no qemu-system-aarch64)",
    async () => {
      const host = createHost({ platform: "linux", arch: "arm64", uid: 501 });
      const refused = {
        code: "ERR_LAB_PACKAGES_MISSING",
        message: expect.stringContaining("qemu-system-arm"),
      };
      await expect(prepare(host, ignore)).rejects.toMatchObject(refused);
      await expect(requirePrepared(host)).rejects.toMatchObject(refused);
    },
  );
});
