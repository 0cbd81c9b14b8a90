import fc from "fast-check";
import { parseMacAddress, type MacAddress } from "@vfkit-machine/host";
import type { Bootloader, CloudInit, Device, VirtualMachine } from "../src/index.js";

/** Text with everything that has a meaning somewhere on vfkit's command line. */
export const hostileText = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^\/[a-z0-9._-]{1,12}$/) },
  {
    weight: 3,
    arbitrary: fc.string({ unit: fc.constantFrom(...Array.from("ab/ ,\"'=%?#:@\\-~ü\n")) }),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("", "\0", "\ud800", "--kernel", "none://", "x".repeat(120)),
  },
);

const integer = fc.oneof(
  fc.integer({ min: 1, max: 4096 }),
  fc.constantFrom(0, -1, 1.5, 2 ** 53, NaN),
);
const yes = fc.constant(true as const);
const bytes = fc.uint8Array({ minLength: 6, maxLength: 6 });
export const macAddresses: fc.Arbitrary<MacAddress> = bytes.map((mac) =>
  parseMacAddress(Array.from(mac, (byte) => byte.toString(16)).join(":")),
);

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }, ...required: (keyof T)[]) {
  return fc.record(model, { requiredKeys: required }) as fc.Arbitrary<T>;
}

/** Machines as `parseArgv` returns them, good and bad: without members that say only a default. */
export function machines(text: fc.Arbitrary<string>): fc.Arbitrary<VirtualMachine> {
  const disk = { path: text, readOnly: yes, type: fc.constantFrom("image", "dev") };
  const bootloader = fc.oneof(
    record(
      {
        kind: fc.constant("linux"),
        kernelPath: text,
        initrdPath: text,
        kernelCmdline: text,
        form: fc.constant("option"),
      },
      "kind",
      "kernelPath",
      "initrdPath",
      "kernelCmdline",
    ),
    record(
      { kind: fc.constant("efi"), variableStorePath: text, create: yes },
      "kind",
      "variableStorePath",
    ),
    fc.record({
      kind: fc.constant("macos"),
      machineIdentifierPath: text,
      hardwareModelPath: text,
      auxImagePath: text,
    }),
  ) as fc.Arbitrary<Bootloader>;
  const device = fc.oneof(
    record({ kind: fc.constant("virtio-blk"), ...disk, deviceId: text }, "kind", "path"),
    record({ kind: fc.constant("nvme"), ...disk }, "kind", "path"),
    record({ kind: fc.constant("usb-mass-storage"), ...disk }, "kind", "path"),
    record(
      {
        kind: fc.constant("nbd"),
        uri: fc.oneof(text, fc.constant("nbd://h/e")),
        deviceId: text.map((id) => id.slice(1, 9)),
        timeoutMs: integer,
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
          fc.record({ kind: fc.constant("nat") }),
          fc.record({ kind: fc.constant("fd"), fd: integer }),
          record(
            { kind: fc.constant("unix-socket"), path: text, vfkitMagic: fc.constant(false) },
            "kind",
            "path",
          ),
          fc.record({ kind: fc.constant("connected") }),
        ),
        macAddress: macAddresses,
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
        port: integer,
        socketPath: text,
        direction: fc.constantFrom("listen", "connect"),
      },
      "kind",
      "port",
      "direction",
    ),
    record(
      { kind: fc.constant("virtio-fs"), sharedDir: text, mountTag: text },
      "kind",
      "sharedDir",
    ),
    record(
      { kind: fc.constant("rosetta"), mountTag: text, install: yes, ignoreIfMissing: yes },
      "kind",
      "mountTag",
    ),
    fc.record({ kind: fc.constant("virtio-gpu"), widthPixels: integer, heightPixels: integer }),
    fc.record({ kind: fc.constant("virtio-input"), type: fc.constantFrom("pointing", "keyboard") }),
  ) as fc.Arbitrary<Device>;
  const cloudInit: fc.Arbitrary<CloudInit> = record({
    userDataPath: text.map((path) => `${path}/user-data`),
    metaDataPath: text.map((path) => `${path}/meta-data`),
    networkConfigPath: fc.oneof(
      text,
      text.map((path) => `${path}/network-config`),
    ),
  });
  return record(
    {
      cpus: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 64 }) }, integer),
      memoryMiB: fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max: 1 << 20 }) }, integer),
      bootloader,
      devices: fc.array(device, { maxLength: 4 }),
      restfulUri: fc.oneof(
        text.map((path) => `unix://${path}`),
        fc.constant("tcp://localhost:80"),
      ),
      logLevel: fc.constantFrom("debug", "info", "error"),
      pidFile: text,
      gui: yes,
      nested: yes,
      timesyncVsockPort: integer,
      ignitionPath: text,
      cloudInit,
    },
    "cpus",
    "memoryMiB",
    "bootloader",
    "devices",
  ) as fc.Arbitrary<VirtualMachine>;
}
