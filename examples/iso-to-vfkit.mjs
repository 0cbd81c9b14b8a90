// Takes kernel and initrd out of an ISO, makes a data disk, and prints the vfkit command that boots
// them: what to type when you want vfkit and nothing around it.
//   node examples/iso-to-vfkit.mjs boot2docker.iso DIRECTORY
import { createBoot2dockerDisk } from "@vfkit-machine/boot2docker-disk";
import { writeKeyPair } from "@vfkit-machine/guest-ssh";
import { quoteArgv } from "@vfkit-machine/host";
import { openIso } from "@vfkit-machine/iso-extract";
import { requiredVersion, toArgv } from "@vfkit-machine/vfkit-config";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";

const [image = "boot2docker.iso", out = "machine"] = process.argv.slice(2);
const directory = resolve(out);
await mkdir(directory, { recursive: true });
const inside = (name) => join(directory, name);

const iso = await openIso(image);
try {
  await iso.extractFile("/boot/bzimage", inside("bzimage"));
  await iso.extractFile("/boot/initrd", inside("initrd"));
  console.error(`${iso.volume.label}: kernel and initrd extracted`);
} finally {
  await iso.close();
}
const { publicKey } = await writeKeyPair(inside("id_ed25519"), { comment: "docker" });
await createBoot2dockerDisk(inside("disk.img"), { sizeMiB: 20_480, publicKey });

const machine = {
  cpus: 2,
  memoryMiB: 4096,
  bootloader: {
    kind: "linux",
    kernelPath: inside("bzimage"),
    initrdPath: inside("initrd"),
    kernelCmdline: `console=${process.arch === "arm64" ? "hvc0" : "ttyS0"} loglevel=3 base`,
  },
  devices: [
    { kind: "virtio-blk", path: resolve(image), readOnly: true },
    { kind: "virtio-blk", path: inside("disk.img") },
    { kind: "virtio-net", attachment: { kind: "nat" }, macAddress: "5a:94:ef:e4:0c:ee" },
    { kind: "virtio-rng" },
    { kind: "virtio-serial", attachment: { kind: "log-file", path: inside("serial.log") } },
  ],
};
console.error(`needs vfkit ${requiredVersion(machine)?.version ?? "of any version"}`);
console.log(quoteArgv(["vfkit", ...toArgv(machine)]));
