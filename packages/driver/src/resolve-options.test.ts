import { describe, expect, it } from "vitest";
import { macAddressForName } from "./mac-address.js";
import { resolveOptions } from "./resolve-options.js";

describe("resolveOptions", () => {
  it("fills in the defaults", () => {
    expect(resolveOptions({ name: "c1", iso: "/b2d.iso", cpus: undefined }, "arm64")).toEqual({
      name: "c1",
      iso: "/b2d.iso",
      cpus: 2,
      memoryMiB: 4096,
      diskSizeMiB: 20_480,
      extraDiskSizesMiB: [],
      network: "nat",
      macAddress: macAddressForName("c1"),
      mounts: [],
      kernelCmdline: "",
      sshPort: 22,
      sshUser: "docker",
    });
  });

  it.each([
    [["/data", "/data/"], "/data/"],
    [["/a", "/b/../a"], "/b/../a"],
    [["//"], "//"],
    [["/.."], "/.."],
  ])("refuses mounts on %j: places are the same however they are spelt", (guestPaths, named) => {
    const mounts = guestPaths.map((guestPath) => ({ hostPath: "/tmp", guestPath }));
    expect(() => resolveOptions({ name: "c1", iso: "/b2d.iso", mounts }, "arm64")).toThrow(
      expect.objectContaining({
        code: "ERR_CHECK_OPTION",
        message: expect.stringContaining(JSON.stringify(named)),
      }),
    );
  });

  it.each(["/home", "/home/docker", "/home/docker/", "/x/../home/docker/.ssh"])(
    "refuses a mount on %s, which would hide the keys that let us in",
    (guestPath) => {
      const mounts = [{ hostPath: "/tmp", guestPath }];
      expect(() => resolveOptions({ name: "c1", iso: "/b2d.iso", mounts }, "arm64")).toThrow(
        expect.objectContaining({
          code: "ERR_CHECK_OPTION",
          message: expect.stringContaining(JSON.stringify(guestPath)),
        }),
      );
      const inside = [{ hostPath: "/tmp", guestPath: "/home/docker/src" }];
      expect(
        resolveOptions({ name: "c1", iso: "/b2d.iso", mounts: inside }, "arm64").mounts,
      ).toEqual(inside);
    },
  );

  it("names the choices of the network", () => {
    const options = { name: "c1", iso: "/b2d.iso", network: "bridged" as "nat" };
    expect(() => resolveOptions(options, "arm64")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("vmnet-shared") }),
    );
  });
});
