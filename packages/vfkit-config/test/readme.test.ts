import { join } from "node:path";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { expect, test } from "vitest";

test("the example of the README runs", async () => {
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"));
  expect(result).toMatchObject({ exitCode: 0, stderr: "" });
  expect(result.stdout.split("\n")).toEqual([
    "--device",
    "virtio-net,nat,mac=5a:94:ef:e4:0c:ee",
    "--device",
    "virtio-rng",
    "--device",
    "virtio-blk,path=/vm/boot.iso,readonly",
    "--device",
    "virtio-serial,logFilePath=/vm/serial.log",
    "--restful-uri",
    "unix:///vm/vfkit 100%25.sock",
    "4 2147483648",
    "{ version: '0.6.2', feature: '--nested' }",
    'ERR_VFKIT_CONFIG: nvme: a comma in path: "/vm/a,b.img"',
    "",
  ]);
});
