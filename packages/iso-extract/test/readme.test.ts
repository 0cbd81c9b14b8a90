import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { afterAll, expect, test } from "vitest";
import { directory, SECTOR, craft } from "./support/craft.js";
import { scratch } from "./support/tools.js";

const place = scratch();
afterAll(() => place[Symbol.dispose]());

test("the README's example runs", async () => {
  const image = craft({
    blocks: {
      20: directory(20, 20, [{ name: "BOOT", block: 21, size: SECTOR, flags: 2 }]),
      21: directory(21, 20, [{ name: "BZIMAGE.;1", block: 22, size: 6 }]),
      22: Buffer.from("kernel"),
    },
  });
  await mkdir(join(place.path, "out"));
  await writeFile(join(place.path, "boot2docker.iso"), image);
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), {
    cwd: place.path,
  });
  expect(result).toMatchObject({
    stderr: "",
    stdout:
      "CRAFTED, by its plain names\n" +
      "directory /BOOT\n" +
      "file /BOOT/BZIMAGE\n" +
      "6 of 6 bytes\n" +
      'ERR_ISO_ENTRY_NOT_FOUND Did you mean "BZIMAGE"? "/BOOT" holds "BZIMAGE".\n',
  });
});
