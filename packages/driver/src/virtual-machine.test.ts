import { parseArgv, toArgv } from "@vfkit-machine/vfkit-config";
import { describe, expect, it } from "vitest";
import { parseMachineConfig } from "./config-schema.js";
import { machinePaths } from "./machine-paths.js";
import { buildVirtualMachine, kernelCmdline } from "./virtual-machine.js";

const config = (network: "nat" | "vmnet-shared") =>
  parseMachineConfig({
    schemaVersion: 1,
    name: "c1",
    createdAt: "2026-11-22T03:04:05Z",
    cpus: 3,
    memoryMiB: 2048,
    diskSizeMiB: 64,
    extraDiskSizesMiB: [1, 2],
    network,
    macAddress: "5a:94:ef:e4:0c:ee",
    vmnetInterfaceId: "3b0e0b1e-7c7e-4b51-9a5b-0e7d6a3c2f10",
    mounts: [{ hostPath: "/Users/me/my files", guestPath: "/src" }],
    kernelCmdline: "panic=1",
    sshPort: 22,
    sshUser: "docker",
    socketDir: "/s/machines/c1",
  });
const PATHS = machinePaths("/s/machines/c1", "c1", 2);

describe("buildVirtualMachine", () => {
  it("is a command line that vfkit understands as it was meant", () => {
    for (const network of ["nat", "vmnet-shared"] as const) {
      const machine = buildVirtualMachine(config(network), PATHS, "arm64");
      expect(parseArgv(toArgv(machine))).toMatchObject(JSON.parse(JSON.stringify(machine)));
    }
  });

  it("begins with what it is asked for", () => {
    const argv = toArgv(buildVirtualMachine(config("vmnet-shared"), PATHS, "arm64"));
    const after = (flag: string): string | undefined => argv[argv.indexOf(flag) + 1];
    expect(after("--cpus")).toBe("3");
    expect(after("--memory")).toBe("2048");
    expect(after("--kernel")).toBe("/s/machines/c1/bzimage");
    expect(after("--initrd")).toBe("/s/machines/c1/initrd");
    expect(after("--kernel-cmdline")).toBe("console=hvc0 panic=1");
    expect(after("--restful-uri")).toBe("unix:///s/machines/c1/vfkit.sock");
  });
});

describe("kernelCmdline", () => {
  it("writes to the console that the guest has", () => {
    expect(kernelCmdline("arm64", "")).toBe("console=hvc0");
    expect(kernelCmdline("x64", " a b ")).toMatch(/^console=ttyS0 .* a b$/);
  });
});
