import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { expect, it } from "vitest";
import { listNames, makeDirectory, makePublicKey } from "./support.js";

it("the README's example runs", async () => {
  const cwd = await makeDirectory();
  await writeFile(join(cwd, "id_ed25519.pub"), `${makePublicKey("c1")}\n`);
  const result = await runReadmeExample(join(import.meta.dirname, "../README.md"), { cwd });
  expect(result).toMatchObject({
    stderr: "",
    stdout:
      "grown from 21474836480 to 42949672960 bytes\n" +
      "the guest would format it and let 1 key in\n",
  });
  expect(await listNames(cwd)).toEqual(["disk.img", "extra-0.rawdisk", "id_ed25519.pub"]);
});
