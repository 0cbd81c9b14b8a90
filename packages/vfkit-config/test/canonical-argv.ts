import fc from "fast-check";
import { hostileText, macAddresses } from "./machines.js";

type Text = fc.Arbitrary<string>;

const word: Text = fc.stringMatching(/^[a-z0-9][a-z0-9. _-]{0,9}$/);
const path: Text = word.map((name) => `/${name}`);
const number: Text = fc.integer({ min: 1, max: 99_999 }).map(String);
const maybe = (...parts: Text[]): fc.Arbitrary<string[]> =>
  fc.option(fc.tuple(...parts), { nil: [] });
const option = (head: string, value: Text): Text => value.map((text) => head + text);
const maybeOption = (head: string, value: Text): Text =>
  fc.oneof(option(head, value), fc.constant(""));
const flag = (text: string): Text => fc.constantFrom(text, "");
const join = (...parts: Text[]): Text => fc.tuple(...parts).map((list) => list.join(""));

function hostileArgument(): fc.Arbitrary<string> {
  return hostileText.filter((text) => text !== "" && !/\0|\p{Surrogate}/u.test(text));
}

/** Command lines in the very spelling of `toArgv`, made without it, of text that vfkit takes anywhere. */
export function canonicalArgv(): fc.Arbitrary<string[]> {
  const disk = join(
    option(",path=", path),
    fc.constantFrom("", ",type=image", ",type=dev"),
    flag(",readonly"),
  );
  const mac = maybeOption(",mac=", macAddresses);
  const device = fc.oneof(
    join(fc.constant("virtio-blk"), disk, maybeOption(",deviceId=", word)),
    join(fc.constantFrom("nvme", "usb-mass-storage"), disk),
    join(
      fc.constant("nbd,uri=nbd://h"),
      path.map(encodeURI),
      flag(",readonly"),
      option(",deviceId=", word),
      maybeOption(",timeout=", number),
      fc.constantFrom("", ",sync=full", ",sync=none"),
    ),
    join(
      fc.constant("virtio-net"),
      fc.oneof(
        fc.constant(",nat"),
        option(",fd=", number),
        option(",unixSocketPath=", path),
        option(",type=unixgram,path=", path).map((text) => `${text},vfkitMagic=off`),
      ),
      mac,
    ),
    join(
      fc.constant("virtio-serial"),
      fc.oneof(fc.constantFrom(",stdio", ",pty"), option(",logFilePath=", path)),
    ),
    fc.constantFrom(
      "virtio-rng",
      "virtio-balloon",
      "virtio-input,pointing",
      "virtio-input,keyboard",
    ),
    join(
      option("virtio-vsock,port=", number),
      maybeOption(
        ",socketURL=",
        path.map((text) => text.replaceAll(" ", "_")),
      ),
      fc.constantFrom(",listen", ",connect"),
    ),
    join(option("virtio-fs,sharedDir=", path), maybeOption(",mountTag=", word)),
    join(option("rosetta,mountTag=", word), flag(",install"), flag(",ignore-if-missing")),
    join(option("virtio-gpu,width=", number), option(",height=", number)),
  );
  const bootloader = fc.oneof(
    fc.tuple(
      fc.constant("--kernel"),
      hostileArgument(),
      fc.constant("--initrd"),
      hostileArgument(),
      fc.constant("--kernel-cmdline"),
      fc.oneof(fc.constant(""), hostileArgument()),
    ),
    fc.tuple(
      fc.constant("--bootloader"),
      join(
        option("linux,kernel=", path),
        option(",initrd=", path),
        word.map((text) => `,cmdline="${text} a=b"`),
      ),
    ),
    fc.tuple(
      fc.constant("--bootloader"),
      join(
        option("linux,kernel=", path),
        option(',"initrd=', path),
        word.map((text) => `,x",cmdline="${text},b"`),
      ),
    ),
    fc.tuple(
      fc.constant("--bootloader"),
      join(option("efi,variable-store=", path), flag(",create")),
    ),
  );
  return fc
    .tuple(
      fc.constant(["--cpus"]),
      fc.tuple(number),
      fc.constant(["--memory"]),
      fc.tuple(number),
      bootloader,
      fc
        .array(fc.tuple(fc.constant("--device"), device), { maxLength: 5 })
        .map((list) => list.flat()),
      maybe(
        fc.constant("--restful-uri"),
        fc.oneof(
          option("unix://", path),
          option("tcp://localhost:", fc.integer({ min: 1, max: 65_535 }).map(String)),
        ),
      ),
      maybe(fc.constant("--log-level"), fc.constantFrom("debug", "info", "error")),
      maybe(fc.constant("--pidfile"), hostileArgument()),
      maybe(fc.constant("--timesync"), option("vsockPort=", number)),
      maybe(fc.constant("--ignition"), path),
      maybe(
        fc.constant("--cloud-init"),
        join(
          option("/", word),
          fc.constant("/user-data"),
          fc.oneof(
            fc.constant(""),
            word.map((text) => `,/${text}/meta-data`),
          ),
        ),
      ),
      maybe(fc.constant("--nested")),
      maybe(fc.constant("--gui")),
    )
    .map((parts) => parts.flat());
}
