import { defineConfig } from "vitest/config";

// The first build of the Go programs takes a minute or two; later ones find everything in Go's cache.
export default defineConfig({
  test: {
    globalSetup: "test/support/build-programs.ts",
    include: ["test/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: ".reports/vitest.json" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
