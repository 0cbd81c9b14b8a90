import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isMachineError } from "@vfkit-machine/host";
import { parseMachineConfig } from "./config-schema.js";
import { migrateConfig } from "./migrate-config.js";

const CONFIG = {
  schemaVersion: 1,
  name: "c1",
  createdAt: "2026-11-22T03:04:05.678Z",
  cpus: 2,
  memoryMiB: 4096,
  diskSizeMiB: 20_480,
  extraDiskSizesMiB: [1],
  network: "vmnet-shared",
  macAddress: "5a:94:ef:e4:0c:ee",
  vmnetInterfaceId: "3b0e0b1e-7c7e-4b51-9a5b-0e7d6a3c2f10",
  mounts: [{ hostPath: "/Users/me/src", guestPath: "/src" }],
  kernelCmdline: "quiet",
  sshPort: 22,
  sshUser: "docker",
  socketDir: "/Users/me/.vfm/machines/c1",
};

describe("parseMachineConfig", () => {
  it("takes what was written, and nothing less", () => {
    expect(parseMachineConfig(JSON.parse(JSON.stringify(CONFIG)))).toEqual(CONFIG);
    for (const key of Object.keys(CONFIG)) {
      const { [key as "name"]: _left, ...rest } = CONFIG;
      expect(() => parseMachineConfig(rest)).toThrow(key);
    }
  });

  it.each<[string, object]>([
    ["name", { name: "../c1" }],
    ["cpus", { cpus: "2" }],
    ["cpus", { cpus: 1e9 }],
    ["memoryMiB", { memoryMiB: 1.5 }],
    ["extraDiskSizesMiB.0", { extraDiskSizesMiB: [0] }],
    ["network", { network: "bridged" }],
    ["macAddress", { macAddress: "01:00:5e:00:00:01" }],
    ["vmnetInterfaceId", { vmnetInterfaceId: "--fd=3" }],
    ["mounts.0.hostPath", { mounts: [{ hostPath: "relative", guestPath: "/b" }] }],
    ["mounts.0.guestPath", { mounts: [{ hostPath: "/a", guestPath: "/" }] }],
    ["kernelCmdline", { kernelCmdline: "a\0b" }],
    ["sshUser", { sshUser: "-l" }],
    ["socketDir", { socketDir: "run" }],
    ["extra", { extra: 1 }],
  ])("refuses a bad %s: %j", (field, change) => {
    expect(() => parseMachineConfig({ ...CONFIG, ...change })).toThrow(field);
  });

  it("refuses a newer version as such", () => {
    expect(() => parseMachineConfig({ ...CONFIG, schemaVersion: 2 })).toThrow(
      expect.objectContaining({ code: "ERR_CONFIG_NEWER" }),
    );
  });

  it("answers anything but a configuration with ERR_CONFIG_..., within a few lines", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.object(), fc.jsonValue()), (value) => {
        const error = refusalOf(value);
        expect(isMachineError(error, "ERR_CONFIG_INVALID", "ERR_CONFIG_NEWER")).toBe(true);
        expect(String(error).length).toBeLessThan(2_000);
      }),
    );
  });
});

function refusalOf(value: unknown): unknown {
  try {
    return parseMachineConfig(value);
  } catch (error) {
    return error;
  }
}

describe("migrateConfig", () => {
  const migrations = {
    1: (config: object) => ({ ...config, b: 2 }),
    2: (config: object) => ({ ...config, c: 3 }),
  };

  it("goes forward one version at a time", () => {
    expect(migrateConfig({ schemaVersion: 1, a: 1 }, migrations, 3)).toEqual({
      schemaVersion: 3,
      a: 1,
      b: 2,
      c: 3,
    });
    expect(migrateConfig({ schemaVersion: 3 }, migrations, 3)).toBeUndefined();
    expect(migrateConfig("no config", migrations, 3)).toBeUndefined();
  });

  it("refuses what is newer, and what nobody can bring forward", () => {
    expect(() => migrateConfig({ schemaVersion: 4 }, migrations, 3)).toThrow(/version 4/);
    expect(() => migrateConfig({ schemaVersion: 0 }, migrations, 3)).toThrow(/version 0/);
  });
});
