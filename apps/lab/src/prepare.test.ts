import { createHost } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { prepare } from "./prepare.js";

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
});
