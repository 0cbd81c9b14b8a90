import fc from "fast-check";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { parseMachineConfig } from "./config-schema.js";
import { acceptPlainConfig } from "./plain-config.js";

const PLAIN = {
  schemaVersion: 1,
  createdAt: "2026-11-20T10:00:00.000Z",
  name: "c1",
  cpus: 2,
  memoryMiB: 4096,
  diskSizeMiB: 20_480,
  extraDiskSizesMiB: [64],
  network: "nat",
  macAddress: "5a:94:ef:e4:0c:ee",
  mounts: [{ hostPath: "/Users/me/src", guestPath: "/src" }],
  kernelCmdline: "quiet",
  sshPort: 22,
  sshUser: "docker",
  vmnetInterfaceId: "3b9f0f3a-55c7-4bb1-9c4f-0123456789ab",
  socketDir: "/Users/me/.vfm/machines/c1",
};

/** Values that are nearly right, and some that are far off. */
const nearly = fc.oneof(
  fc.constantFrom<unknown>(
    ...Object.values(PLAIN),
    null,
    "",
    "/",
    "a,b",
    "/a,b",
    "/a\u0000",
    "vmnet-shared",
    "bridged",
    "2026-02-30T10:00:00.000Z",
    "01:00:5e:00:00:01",
    "5A:94:EF:E4:0C:EE",
    [{ hostPath: "/a", guestPath: "/" }],
    [{ hostPath: "/a", guestPath: "/b", readOnly: true }],
  ),
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.array(fc.integer()),
);

/** What is accepted means the same to the schema. */
function agree(changed: unknown): boolean {
  const accepted = acceptPlainConfig(changed);
  return accepted === undefined || isDeepStrictEqual(parseMachineConfig(changed), accepted);
}

describe("acceptPlainConfig", () => {
  it("knows what create writes, and means the same by it as the schema", () => {
    expect(acceptPlainConfig(PLAIN)).toEqual(parseMachineConfig(PLAIN));
  });

  it("accepts nothing that the schema refuses", () => {
    const keys = [...Object.keys(PLAIN), "hasOwnProperty", "constructor", "extra"];
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.constantFrom(...keys),
        nearly,
        (gone, key, value) => {
          const { [gone as keyof typeof PLAIN]: _, ...rest } = PLAIN;
          expect(agree(rest)).toBe(true);
          expect(agree({ ...rest, [key]: value })).toBe(true);
          expect(agree({ ...PLAIN, [key]: value })).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it("leaves to the schema what is no object", () => {
    for (const value of [undefined, null, 1, "x", [], [PLAIN]]) {
      expect(acceptPlainConfig(value)).toBeUndefined();
    }
  });
});
