import { join } from "node:path";
import { createHost } from "@vfkit-machine/host";
import { expect, it } from "vitest";
import { writeKeyPair } from "../src/index.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";
import { temporaryDirectory } from "./support/temporary-directory.js";

it("leaves nothing open: a program that used it all ends by itself", async () => {
  await using dir = await temporaryDirectory();
  const { publicKey } = await writeKeyPair(join(dir.path, "id_ed25519"));
  await using guest = await startFakeGuest({ authorizedKeys: [publicKey] });
  const program = join(import.meta.dirname, "fixtures", "wait-and-run.mjs");
  const target = JSON.stringify(targetIn(dir.path, guest.port));
  const result = await createHost().runner.run(process.execPath, [program, target], {
    timeoutMs: 15_000,
  });
  expect(result).toMatchObject({ exitCode: 0, stdout: "0\n", stderr: "" });
  expect(guest.logins.accepted).toBe(4);
  await guest.idle();
});
