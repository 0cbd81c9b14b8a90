import { parseMacAddress } from "@vfkit-machine/host";
import { describe, expect, test } from "vitest";
import { parseArgv, parseCommandLine, requiredVersion, toArgv } from "../src/index.js";
import type { Device, VirtualMachine } from "../src/index.js";

const machine: VirtualMachine = {
  cpus: 2,
  memoryMiB: 2048,
  bootloader: { kind: "linux", kernelPath: "/k", initrdPath: "/i", kernelCmdline: "console=hvc0" },
  devices: [],
};
const net = (path: string): Device => ({
  kind: "virtio-net",
  attachment: { kind: "unix-socket", path },
});
const vsock = (socketPath: string, direction: "listen" | "connect"): Device => ({
  kind: "virtio-vsock",
  port: 1,
  socketPath,
  direction,
});
const efi = { kind: "efi", variableStorePath: "/s" } as const;

test("a Linux machine is said with the flags that take any text", () => {
  const kernelCmdline = 'console=hvc0 root="/dev/vda1" a,b';
  const macAddress = parseMacAddress("5a:94:ef:e4:c:ee");
  const argv = toArgv({
    ...machine,
    bootloader: { kind: "linux", kernelPath: '/a b,"c"', initrdPath: "--i", kernelCmdline },
    devices: [
      { kind: "virtio-blk", path: "/disk one.img", readOnly: true },
      { kind: "virtio-net", attachment: { kind: "unix-socket", path: "/net.sock" }, macAddress },
      { kind: "virtio-serial", attachment: { kind: "log-file", path: "/serial.log" } },
    ],
    restfulUri: "unix:///rest.sock",
    logLevel: "debug",
  });
  const lines = [
    ["--cpus", "2", "--memory", "2048"],
    ["--kernel", '/a b,"c"', "--initrd", "--i", "--kernel-cmdline", kernelCmdline],
    ["--device", "virtio-blk,path=/disk one.img,readonly"],
    ["--device", "virtio-net,unixSocketPath=/net.sock,mac=5a:94:ef:e4:0c:ee"],
    ["--device", "virtio-serial,logFilePath=/serial.log"],
    ["--restful-uri", "unix:///rest.sock", "--log-level", "debug"],
  ];
  expect(argv).toEqual(lines.flat());
});

test.each(["8e:1:99:9c:54:b1", "8E-01-99-9C-54-B1", "8e01999c54b1"])(
  "a MAC address as a leases file or a person spells it is said with two digits a byte: %s",
  (spelling) => {
    const macAddress = spelling as ReturnType<typeof parseMacAddress>;
    const device = { kind: "virtio-net", attachment: { kind: "nat" }, macAddress } as const;
    expect(toArgv({ ...machine, devices: [device] }).at(-1)).toBe(
      "virtio-net,nat,mac=8e:01:99:9c:54:b1",
    );
  },
);

describe("toArgv refuses what vfkit would refuse or misread, and quotes it", () => {
  test.each<[string, Device, string]>([
    ["a comma in a path", { kind: "virtio-blk", path: "/a,b" }, 'a comma in path: "/a,b"'],
    ["a comma in a socket path", net("/a,b"), 'a comma in path: "/a,b"'],
    ["an empty path", { kind: "nvme", path: "" }, "nvme: path is missing or empty"],
    ["an empty device id", { kind: "virtio-blk", path: "/d", deviceId: "" }, "deviceId is missing"],
    [
      "a long device id",
      { kind: "virtio-blk", path: "/d", deviceId: "x".repeat(21) },
      "invalid deviceId",
    ],
    ["a mount tag of 36 bytes", { kind: "rosetta", mountTag: "ü".repeat(18) }, "has 36 bytes"],
    [
      "a directory name too long for a mount tag",
      { kind: "virtio-fs", sharedDir: `/${"d".repeat(36)}` },
      "has 36 bytes",
    ],
    ["a long socket path", net(`/${"s".repeat(103)}`), "has 104 bytes, macOS allows 103"],
    ["a long socket directory", net(`/${"d".repeat(81)}/s`), "has 82 bytes, at most 81"],
    [
      "the socket of a running vfkit",
      { kind: "virtio-net", attachment: { kind: "connected" } },
      "nobody says to which socket",
    ],
    [
      "a negative descriptor",
      { kind: "virtio-net", attachment: { kind: "fd", fd: -1 } },
      "fd must be 0 to 2147483647, not -1",
    ],
    [
      "a MAC address that is none",
      { kind: "virtio-net", attachment: { kind: "nat" }, macAddress: "x" as never },
      'not a MAC address: "x"',
    ],
    ["a vsock path read as a URL", vsock("/a%41", "listen"), 'another path than "/a%41"'],
    ["a vsock path written as a URL", vsock("/a b", "connect"), 'another path than "/a b"'],
    [
      "a long vsock path that vfkit would listen on",
      vsock(`/${"s".repeat(103)}`, "connect"),
      "has 104 bytes, macOS allows 103",
    ],
    [
      "a long vsock path that vfkit would connect to",
      vsock(`/${"é".repeat(51)}x`, "listen"),
      "has 104 bytes, macOS allows 103",
    ],
    [
      "a vsock port of 33 bits",
      { kind: "virtio-vsock", port: 2 ** 32, direction: "listen" },
      "port must be",
    ],
    [
      "a GPU without height",
      { kind: "virtio-gpu", widthPixels: 1, heightPixels: 0 },
      "height must be",
    ],
    ["an NBD server over HTTP", { kind: "nbd", uri: "http://h/e", deviceId: "d" }, '"http://h/e"'],
    ["a slash in an NBD device id", { kind: "nbd", uri: "nbd://h/e", deviceId: "a/b" }, '"a/b"'],
    ["half a character", { kind: "nvme", path: "/\ud800" }, "no argument can hold"],
    ["NUL", { kind: "nvme", path: "/\0" }, "no argument can hold"],
  ])("%s", (_, device, message) => {
    expect(() => toArgv({ ...machine, devices: [device] })).toThrow(refusal(message));
  });

  test.each<[string, Partial<VirtualMachine>, string]>([
    ["no CPUs", { cpus: 0 }, "invalid number of CPUs: 0"],
    ["half a CPU", { cpus: 1.5 }, "invalid number of CPUs: 1.5"],
    ["no memory", { memoryMiB: 0 }, "invalid memory: 0 MiB"],
    ["memory past 2^53 bytes", { memoryMiB: 2 ** 33 }, "invalid memory"],
    ["another log level", { logLevel: "warn" as never }, 'unknown log level: "warn"'],
    ["an empty pid file", { pidFile: "" }, "pid file is empty"],
    ["a comma in the ignition file", { ignitionPath: "/a,b" }, '"/a,b"'],
    ["vsock port 0 for timesync", { timesyncVsockPort: 0 }, "--timesync: 0"],
    ["cloud-init of nothing", { cloudInit: {} }, "user-data"],
    [
      "cloud-init by another name",
      { cloudInit: { userDataPath: "/c/user.yaml" } },
      '"/c/user.yaml" is not named user-data',
    ],
    [
      "a quote that cannot be said",
      { cloudInit: { userDataPath: '/a,"b,c/user-data' } },
      "no spelling",
    ],
    ["a REST address that is none", { restfulUri: "unix://relative" }, '"unix://relative"'],
    [
      "no kernel",
      { bootloader: { ...machine.bootloader, kernelPath: "" } as never },
      "needs a kernel",
    ],
    [
      "a kernel that --bootloader cannot say",
      {
        bootloader: {
          kind: "linux",
          form: "option",
          kernelPath: '/a,"b,c',
          initrdPath: "/i",
          kernelCmdline: "",
        },
      },
      "no spelling for kernel=",
    ],
    [
      "a command line that --bootloader cannot say",
      {
        bootloader: {
          kind: "linux",
          form: "option",
          kernelPath: "/k",
          initrdPath: "/i",
          kernelCmdline: '"a" "b"',
        },
      },
      "no spelling for cmdline=",
    ],
    [
      "nested macOS",
      {
        nested: true,
        bootloader: {
          kind: "macos",
          machineIdentifierPath: "/m",
          hardwareModelPath: "/h",
          auxImagePath: "/a",
        },
      },
      "macos bootloader",
    ],
  ])("%s", (_, change, message) => {
    expect(() => toArgv({ ...machine, ...change })).toThrow(refusal(message));
  });
});

test("each refusal of a command line quotes the value and has a code", () => {
  const argv = ["--cpus", "two"];
  expect(() => parseArgv(argv)).toThrow(
    expect.objectContaining({
      code: "ERR_VFKIT_USAGE",
      message: 'invalid value for --cpus: "two"',
    }),
  );
});

test("help and version are answers of a command line, but no machines", () => {
  expect(parseCommandLine(["--cpus", "2", "--version"])).toEqual({ kind: "version" });
  expect(parseCommandLine(["-h"])).toEqual({ kind: "help" });
  expect(() => parseArgv(["--version"])).toThrow(
    expect.objectContaining({
      code: "ERR_VFKIT_USAGE",
      message: expect.stringContaining("version"),
    }),
  );
});

test("what vfkit ignores is named", () => {
  const words = ["--bootloader", "efi,variable-store=/s", "--gui", "false"];
  const files = ["--cloud-init", "/c/user-data,/c/notes.txt"];
  expect(parseCommandLine([...words, ...files])).toMatchObject({
    kind: "run",
    machine: { gui: true, cloudInit: { userDataPath: "/c/user-data" } },
    ignored: ["false", "/c/notes.txt"],
  });
});

describe("requiredVersion", () => {
  test.each<[string, Partial<VirtualMachine>, unknown]>([
    ["plain machine", {}, undefined],
    ["--nested", { nested: true }, { version: "0.6.2", feature: "--nested" }],
    [
      "a pty",
      { devices: [{ kind: "virtio-serial", attachment: { kind: "pty" } }] },
      { version: "0.6.2", feature: "virtio-serial,pty" },
    ],
    [
      "a block device",
      { devices: [{ kind: "nvme", path: "/dev/disk4", type: "dev" }] },
      { version: "0.6.2", feature: "nvme,type=" },
    ],
    [
      "the newest of several",
      { cloudInit: { userDataPath: "/user-data" }, ignitionPath: "/i" },
      { version: "0.6.1", feature: "--cloud-init" },
    ],
    [
      "NBD",
      { bootloader: efi, devices: [{ kind: "nbd", uri: "nbd://h/e", deviceId: "d" }] },
      { version: "0.6.0", feature: "nbd" },
    ],
    [
      "a disk that is only read",
      { devices: [{ kind: "virtio-blk", path: "/d", readOnly: true }] },
      { version: "0.6.0", feature: "virtio-blk,readonly" },
    ],
    [
      "a file that vfkit 0.6.1 would leave out",
      { cloudInit: { userDataPath: "/user-data", networkConfigPath: "/network-config" } },
      { version: "0.6.2", feature: "--cloud-init network-config" },
    ],
    ["an input device", { devices: [{ kind: "virtio-input", type: "keyboard" }] }, undefined],
  ])("%s", (_, change, expected) => {
    expect(requiredVersion({ ...machine, ...change })).toEqual(expected);
  });
});

function refusal(message: string): unknown {
  return expect.objectContaining({
    code: "ERR_VFKIT_CONFIG",
    message: expect.stringContaining(message),
  });
}
