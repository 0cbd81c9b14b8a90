import { isMachineError } from "@vfkit-machine/host";
import { expect, test } from "vitest";
import { gzipSync } from "node:zlib";
import { parseShowDepends, unpackArm64Kernel } from "./kernel.js";

const IMAGE = Buffer.from(
  "MZ..an uncompressed kernel, long enough to have every field of the headers",
);

/** Header of an EFI zboot image: see the kernel's drivers/firmware/efi/libstub/zboot-header.S. */
function zboot(method: string): Buffer {
  const payload = gzipSync(IMAGE);
  const header = Buffer.alloc(64);
  header.write("MZ", 0);
  header.write("zimg", 4);
  header.writeUInt32LE(64, 8);
  header.writeUInt32LE(payload.length, 12);
  header.write(method, 24);
  return Buffer.concat([header, payload, Buffer.alloc(100)]);
}

test("an arm64 kernel ends up uncompressed, however Debian packs it", () => {
  expect(unpackArm64Kernel(IMAGE)).toBe(IMAGE);
  expect(unpackArm64Kernel(gzipSync(IMAGE))).toEqual(IMAGE);
  expect(unpackArm64Kernel(zboot("gzip"))).toEqual(IMAGE);
});

function unpackZstd(): Buffer {
  return unpackArm64Kernel(zboot("zstd22"));
}

test("another compression is refused by name", () => {
  expect(unpackZstd).toThrow("compressed with zstd22, not gzip");
  expect(unpackZstd).toThrow(
    expect.toSatisfy((error) => isMachineError(error, "ERR_LAB_GUEST_INCOMPLETE")),
  );
});

test("modules come in the order in which they must be loaded; built-in ones are passed over", () => {
  const stdout = "builtin af_packet\ninsmod /x/virtio_ring.ko \ninsmod /x/virtio.ko.xz  option=1\n";
  expect(parseShowDepends(stdout)).toEqual(["/x/virtio_ring.ko", "/x/virtio.ko.xz"]);
});
