import fc from "fast-check";
import { anyText } from "./machines.js";

const DEVICES = [
  "virtio-blk",
  "nvme",
  "usb-mass-storage",
  "nbd",
  "virtio-net",
  "virtio-serial",
  "virtio-rng",
  "virtio-balloon",
  "virtio-vsock",
  "virtio-fs",
  "rosetta",
  "virtio-gpu",
  "virtio-input",
  "floppy",
  "",
];

/** Which options a device has is for the parsers to know: any device gets any of them. */
const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  path: ["disk.img", "empty.img", "qcow2.img", "directory", "absent", "/s/net.sock", ""],
  readonly: ["", "true"],
  deviceId: ["id", "a/b", "x".repeat(21), ""],
  type: ["image", "dev", "unixgram", "unixstream", ""],
  uri: ["nbd://h/e", "nbd+unix:///e?socket=/s", "http://h", "nbd://h:x/", "%zz", ""],
  timeout: ["1", "0", "-1", "2147483648", "1s", ""],
  sync: ["full", "none", "maybe", ""],
  nat: ["", "true"],
  fd: ["100", "-1", "2147483648", "x", ""],
  unixSocketPath: ["/s/net.sock", "net.sock", `/${"d".repeat(90)}/s`, ""],
  mac: [
    "5a:94:ef:e4:0c:ee",
    "5A-94-EF-E4-0C-EE",
    "5a94.efe4.0cee",
    "5a:94:ef:e4:c:ee",
    "5a94efe40cee",
    "02:00:5e:10:00:00:00:01",
    "",
  ],
  vfkitMagic: ["on", "off", "yes", ""],
  offloading: ["off", "on", ""],
  logFilePath: ["/l", "a b=c", ""],
  stdio: ["", "1"],
  pty: ["", "1"],
  port: ["1024", "0", "4294967295", "4294967296", "+1", "0x10", ""],
  socketURL: ["/s/v.sock", "/s/a b", "s.sock", "/a%41", ""],
  listen: ["", "x"],
  connect: ["", "x"],
  sharedDir: ["/share", "share", "/", `/${"t".repeat(40)}`, ""],
  mountTag: ["tag", "t".repeat(36), "ü".repeat(18), ""],
  install: ["", "x"],
  "ignore-if-missing": ["", "x"],
  width: ["800", "0", "-1", "+5", "x", "9223372036854775808", ""],
  height: ["600", "0", "1_000", ""],
  pointing: ["", "x"],
  keyboard: ["", "x"],
  variable: ["x"],
};

const NAMES = Object.keys(OPTIONS);

const option = fc.constantFrom(...NAMES).chain((name) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(name) },
    {
      weight: 9,
      arbitrary: fc.constantFrom(...(OPTIONS[name] ?? [])).map((v) => `${name}=${v}`),
    },
    { weight: 1, arbitrary: anyText.map((value) => `${name}=${value}`) },
  ),
);

/** Options that at least belong to the device, so that it is not the first one that is refused. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  "virtio-blk": ["path", "readonly", "type", "deviceId"],
  nvme: ["path", "readonly", "type"],
  "usb-mass-storage": ["path", "readonly", "type"],
  nbd: ["uri", "deviceId", "timeout", "sync", "readonly"],
  "virtio-net": ["nat", "fd", "unixSocketPath", "mac", "type", "path", "vfkitMagic", "offloading"],
  "virtio-serial": ["logFilePath", "stdio", "pty"],
  "virtio-vsock": ["port", "socketURL", "listen", "connect"],
  "virtio-fs": ["sharedDir", "mountTag"],
  rosetta: ["mountTag", "install", "ignore-if-missing"],
  "virtio-gpu": ["width", "height"],
  "virtio-input": ["pointing", "keyboard"],
};

/** The value of a `--device`. */
export const anyDevice: fc.Arbitrary<string> = fc.constantFrom(...DEVICES).chain((kind) => {
  const own = OWN[kind] ?? NAMES;
  const ownOption = fc
    .constantFrom(...own)
    .chain((name) =>
      fc.constantFrom(...(OPTIONS[name] ?? [])).map((v) => (v === "" ? name : `${name}=${v}`)),
    );
  const options = fc.array(
    fc.oneof({ weight: 12, arbitrary: ownOption }, { weight: 1, arbitrary: option }),
    { maxLength: 4 },
  );
  return options.map((list) => [kind, ...list].join(","));
});
