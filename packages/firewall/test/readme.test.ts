import { runReadmeExample } from "@vfkit-machine/host/testing";
import { platform } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

describe("README", () => {
  it.skipIf(platform() === "darwin")(
    "example runs (not on macOS, where it would change the firewall)",
    async () => {
      const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
        env: { PATH: "/usr/bin:/bin" },
      });
      expect(result).toMatchObject({
        stderr: "",
        stdout: "blocked: false (there is no application firewall on this host)\n",
      });
    },
  );
});
