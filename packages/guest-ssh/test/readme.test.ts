import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runReadmeExample } from "@vfkit-machine/host/testing";
import { expect, it } from "vitest";
import { startFakeGuest } from "./support/fake-guest.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

it("the example of the README runs", async () => {
  await using dir = await temporaryDirectory();
  await using guest = await startFakeGuest({
    authorizedKeys: () => [readFileSync(join(dir.path, "id_ed25519.pub"), "utf8")],
  });
  const result = await runReadmeExample(join(import.meta.dirname, "..", "README.md"), {
    env: { MACHINE_DIR: dir.path, SSH_PORT: String(guest.port) },
  });
  expect(result).toMatchObject({
    stderr: "",
    stdout: "3\ntrue\n3 it's a guest\ndev\n",
    exitCode: 0,
  });
});
