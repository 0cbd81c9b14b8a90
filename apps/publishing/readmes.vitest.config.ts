import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The README tests of all packages in one run; VFM_README_PROJECT says where the examples run.
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    include: ["packages/*/test/readme.test.ts"],
    testTimeout: 80_000,
    hookTimeout: 80_000,
  },
});
