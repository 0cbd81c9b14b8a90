import { describe, expect, test } from "vitest";
import { parseInspect, toInspect, type VirtualMachine } from "../src/index.js";

const bootloader = {
  kind: "linuxBootloader",
  vmlinuzPath: "/k",
  kernelCmdLine: "",
  initrdPath: "/i",
};
const answer = { vcpus: 2, memoryBytes: 2_147_483_648, bootloader };

test("a running vfkit no longer names the socket of a network device", () => {
  const machine: VirtualMachine = {
    cpus: 2,
    memoryMiB: 2048,
    bootloader: { kind: "efi", variableStorePath: "/s" },
    devices: [{ kind: "virtio-net", attachment: { kind: "unix-socket", path: "/net.sock" } }],
  };
  expect(toInspect(machine)["devices"]).toEqual([
    { kind: "virtionet", nat: false, unixSocketPath: "/net.sock", vfkitMagic: true },
  ]);
  const running = toInspect(machine, { connected: true });
  expect(running["devices"]).toEqual([
    { kind: "virtionet", nat: false, socket: {}, vfkitMagic: true },
  ]);
  expect(parseInspect(running).devices).toEqual([
    { kind: "virtio-net", attachment: { kind: "connected" } },
  ]);
});

test("the name of a pseudo-terminal comes from vfkit", () => {
  const devices = [{ kind: "virtioserial", usesPty: true, ptyName: "/dev/ttys004" }];
  const machine = parseInspect({ ...answer, devices });
  expect(machine.devices).toEqual([
    { kind: "virtio-serial", attachment: { kind: "pty", name: "/dev/ttys004" } },
  ]);
  expect(toInspect(machine)["devices"]).toEqual(devices);
});

test("members that are not known yet, and null, do no harm", () => {
  const machine = parseInspect({
    ...answer,
    devices: [{ kind: "virtiorng", speed: 9 }],
    nested: null,
    timesync: null,
    pidFile: "/p",
  });
  expect(machine).toEqual({
    cpus: 2,
    memoryMiB: 2048,
    bootloader: { kind: "linux", kernelPath: "/k", initrdPath: "/i", kernelCmdline: "" },
    devices: [{ kind: "virtio-rng" }],
  });
});

test("memory is rounded up to MiB, as vfkit does", () => {
  expect(parseInspect({ ...answer, memoryBytes: 1_048_577 }).memoryMiB).toBe(2);
});

describe("refuses what is not vfkit's answer, naming the member", () => {
  test.each<[unknown, string]>([
    [null, "the JSON should be an object, but is null"],
    [[], "the JSON should be an object"],
    [{ ...answer, vcpus: "2" }, 'vcpus should be a whole number, but is "2"'],
    [{ ...answer, memoryBytes: 1e300 }, "memoryBytes should be a whole number"],
    [{ ...answer, bootloader: undefined }, "bootloader should be an object"],
    [{ ...answer, bootloader: { kind: "grub" } }, 'bootloader.kind is "grub"'],
    [{ ...answer, devices: {} }, "devices should be an array"],
    [
      { ...answer, devices: [{ kind: "virtiorng" }, 5] },
      "devices[1] should be an object, but is 5",
    ],
    [{ ...answer, devices: [{ kind: "virtiotpm" }] }, 'devices[0].kind is "virtiotpm"'],
    [{ ...answer, devices: [{ kind: "virtioblk" }] }, "devices[0].imagePath should be a string"],
    [
      { ...answer, devices: [{ kind: "virtionet", nat: 1 }] },
      "devices[0].nat should be true or false",
    ],
    [
      { ...answer, devices: [{ kind: "virtionet", nat: true, macAddress: "x" }] },
      "should be a MAC address",
    ],
    [
      { ...answer, devices: [{ kind: "virtioinput", inputType: "mouse" }] },
      "should be pointing or keyboard",
    ],
    [JSON.parse('{"__proto__":{"vcpus":1}}'), "vcpus should be a whole number"],
  ])("%j", (json, message) => {
    expect(() => parseInspect(json)).toThrow(
      expect.objectContaining({
        code: "ERR_VFKIT_INSPECT",
        message: expect.stringContaining(message),
      }),
    );
  });
});
