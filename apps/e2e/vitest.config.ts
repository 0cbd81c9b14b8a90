import { defineConfig } from "vitest/config";

// Real machines: one file after the other, with time to boot.
export default defineConfig({
  test: {
    include: ["suite/**/*.e2e.ts"],
    reporters: ["verbose", "json"],
    outputFile: { json: `.reports/${process.env["VFM_E2E_REPORT"] ?? "suite"}.json` },
    fileParallelism: false,
    testTimeout: 5 * 60_000,
    hookTimeout: 2 * 60_000,
  },
});
