import { describe, expect, it } from "vitest";
import { isSupportedVfkit } from "./vfkit-version.js";

describe("isSupportedVfkit", () => {
  it.each(["0.6.0", "0.6.0-rc1", "0.6.4", "0.6.10", "0.10.0", "1.0.0"])("takes %s", (version) => {
    expect(isSupportedVfkit(version)).toBe(true);
  });
  it.each(["0.5.1", "0.5.99", "0.0.4", "none"])("does not take %s", (version) => {
    expect(isSupportedVfkit(version)).toBe(false);
  });
});
