import fc from "fast-check";
import { parseMacAddress } from "@vfkit-machine/host";
import type { Bootloader, CloudInit, Device, VirtualMachine } from "@vfkit-machine/vfkit-config";

/** Text with everything that has a meaning somewhere on vfkit's command line; most of it can be said. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.stringMatching(/^\/[a-zA-Z0-9 ._=-]{1,20}$/) },
  {
    weight: 2,
    arbitrary: fc.string({ unit: fc.constantFrom(...Array.from("ab/ \"'=%?#:@\\~üé")) }),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...Array.from('a,"=\n\t%2f<>&{}🖥')) }),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 30 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "",
      "--kernel",
      "none://",
      `/${"x".repeat(80)}`,
      `/${"x".repeat(101)}/s`,
      "/%2e%2E/x",
      "//double",
      '"',
      '""a"b"',
    ),
  },
);

const yes = fc.constant(true as const);
const size = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 4096 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e21) },
);
/** Never the descriptors that vfkit itself has open, of which it would make sockets. */
const descriptor = size.map((fd) => (fd >= 0 && fd < 100 ? fd + 100 : fd));
const mac = fc
  .uint8Array({ minLength: 6, maxLength: 6 })
  .map((bytes) => parseMacAddress(Buffer.from(bytes).toString("hex")));
const word = fc.stringMatching(/^[a-z0-9][a-z0-9._ -]{0,14}$/);
const spiced = (plain: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: anyText });

/** A record whose members that are not required are there once in five times. */
function record<T>(
  model: { [K in keyof T]: fc.Arbitrary<T[K]> },
  ...required: (keyof T)[]
): fc.Arbitrary<T> {
  const members = Object.entries(model).map(([name, values]) => [
    name,
    required.includes(name as keyof T)
      ? values
      : fc.oneof(
          { weight: 4, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: values as fc.Arbitrary<unknown> },
        ),
  ]);
  return fc
    .record(Object.fromEntries(members) as Record<string, fc.Arbitrary<unknown>>)
    .map((all) => JSON.parse(JSON.stringify(all)) as T);
}

const bootloaders = fc.oneof(
  record(
    {
      kind: fc.constant("linux"),
      kernelPath: anyText,
      initrdPath: anyText,
      kernelCmdline: anyText,
      form: fc.constant("option"),
    },
    "kind",
    "kernelPath",
    "initrdPath",
    "kernelCmdline",
  ),
  record(
    { kind: fc.constant("efi"), variableStorePath: anyText, create: yes },
    "kind",
    "variableStorePath",
  ),
  fc.record({
    kind: fc.constant("macos"),
    machineIdentifierPath: anyText,
    hardwareModelPath: anyText,
    auxImagePath: anyText,
  }),
) as fc.Arbitrary<Bootloader>;

const text = spiced(fc.stringMatching(/^\/[a-zA-Z0-9 ._=-]{1,20}$/));
const disk = { path: text, readOnly: yes, type: fc.constantFrom("image", "dev") };
const devices = fc.oneof(
  record({ kind: fc.constant("virtio-blk"), ...disk, deviceId: spiced(word) }, "kind", "path"),
  record({ kind: fc.constantFrom("nvme", "usb-mass-storage"), ...disk }, "kind", "path"),
  record(
    {
      kind: fc.constant("nbd"),
      uri: spiced(
        fc.tuple(fc.constantFrom("nbd", "nbds", "nbd+unix"), word).map(([a, b]) => `${a}://h/${b}`),
      ),
      deviceId: spiced(word),
      timeoutMs: size,
      sync: fc.constantFrom("full", "none"),
      readOnly: yes,
    },
    "kind",
    "uri",
    "deviceId",
  ),
  record(
    {
      kind: fc.constant("virtio-net"),
      attachment: fc.oneof(
        fc.constant({ kind: "nat" }),
        fc.record({ kind: fc.constant("fd"), fd: descriptor }),
        record(
          { kind: fc.constant("unix-socket"), path: text, vfkitMagic: fc.boolean() },
          "kind",
          "path",
        ),
      ),
      macAddress: mac,
    },
    "kind",
    "attachment",
  ),
  fc.record({
    kind: fc.constant("virtio-serial"),
    attachment: fc.oneof(
      fc.record({ kind: fc.constant("log-file"), path: text }),
      fc.record({ kind: fc.constantFrom("stdio", "pty") }),
    ),
  }),
  fc.record({ kind: fc.constantFrom("virtio-rng", "virtio-balloon") }),
  record(
    {
      kind: fc.constant("virtio-vsock"),
      port: size,
      socketPath: text.map((path) => path.replaceAll(" ", "_")),
      direction: fc.constantFrom("listen", "connect"),
    },
    "kind",
    "port",
    "direction",
  ),
  record(
    { kind: fc.constant("virtio-fs"), sharedDir: text, mountTag: spiced(word) },
    "kind",
    "sharedDir",
  ),
  record(
    { kind: fc.constant("rosetta"), mountTag: spiced(word), install: yes, ignoreIfMissing: yes },
    "kind",
    "mountTag",
  ),
  fc.record({ kind: fc.constant("virtio-gpu"), widthPixels: size, heightPixels: size }),
  fc.record({ kind: fc.constant("virtio-input"), type: fc.constantFrom("pointing", "keyboard") }),
) as fc.Arbitrary<Device>;

const cloudInits: fc.Arbitrary<CloudInit> = record({
  userDataPath: text.map((path) => `${path}/user-data`),
  metaDataPath: text.map((path) => `${path}/meta-data`),
  networkConfigPath: spiced(fc.constant("/c/network-config")),
});

/** Machines, good ones and bad ones: most can be said, with hostile text in them. */
export const anyMachine: fc.Arbitrary<VirtualMachine> = record(
  {
    cpus: size,
    memoryMiB: size,
    bootloader: bootloaders,
    devices: fc.array(devices, { maxLength: 4 }),
    restfulUri: fc.oneof(
      text.map((path) => `unix://${path}`),
      fc.constantFrom("tcp://localhost:80", "tcp://[::1]:8080", "http://10.0.0.1:65535"),
      anyText,
    ),
    logLevel: fc.constantFrom("debug", "info", "error"),
    pidFile: text,
    gui: yes,
    nested: yes,
    timesyncVsockPort: size,
    ignitionPath: text,
    cloudInit: cloudInits,
  },
  "cpus",
  "memoryMiB",
  "bootloader",
  "devices",
);
