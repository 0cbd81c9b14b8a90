import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createHost, parseMacosVersion, readMacosVersion } from "../src/index.js";

describe("parseMacosVersion", () => {
  it.each([
    ["15.3.1\n", { major: 15, minor: 3, patch: 1 }],
    ["26.0", { major: 26, minor: 0, patch: 0 }],
    ["13\n", { major: 13, minor: 0, patch: 0 }],
    ["  14.7\n", { major: 14, minor: 7, patch: 0 }],
  ])("reads %j", (text, version) => {
    expect(parseMacosVersion(text)).toEqual(version);
  });

  it.each(["", "macOS 15", "-1"])("finds none in %j", (text) => {
    expect(parseMacosVersion(text)).toBeUndefined();
  });
});

describe("readMacosVersion", () => {
  it("runs sw_vers from PATH, and asks it for the true version", async () => {
    const dir = await mkdtemp(join(tmpdir(), "host-sw-vers-"));
    try {
      const program = join(dir, "sw_vers");
      // Behaves as Apple's: see sw_vers(1), SYSTEM_VERSION_COMPAT.
      const script = `#!/bin/sh
[ "$*" = "-productVersion" ] || exit 1
if [ "$SYSTEM_VERSION_COMPAT" = 1 ]; then echo 10.16; else echo 15.3.1; fi
`;
      await writeFile(program, script);
      await chmod(program, 0o755);
      const host = createHost({ env: { PATH: dir, SYSTEM_VERSION_COMPAT: "1" } });
      expect(await readMacosVersion(host)).toEqual({ major: 15, minor: 3, patch: 1 });
      await writeFile(program, "#!/bin/sh\nexit 1\n");
      expect(await readMacosVersion(host)).toBeUndefined();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });

  it("is undefined where there is no sw_vers", async () => {
    expect(await readMacosVersion(createHost({ env: { PATH: "/nonexistent" } }))).toBeUndefined();
  });
});
