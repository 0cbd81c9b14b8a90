import { systemClock } from "@vfkit-machine/host";
import { expect, it } from "vitest";
import { dial } from "../src/dial.js";
import { login } from "../src/login.js";
import { readPrivateKey } from "../src/private-key.js";
import { startFakeGuest, targetIn } from "./support/fake-guest.js";
import { keyDirectoryOfEachTest } from "./support/key-directory.js";

const dir = keyDirectoryOfEachTest();

it("does not log in when it was aborted between the banner and the login", async () => {
  await using guest = await startFakeGuest({ authorizedKeys: [dir.publicKey] });
  const target = targetIn(dir.path, guest.port);
  const key = await readPrivateKey(target.privateKeyPath);
  const controller = new AbortController();
  const options = { signal: controller.signal, clock: systemClock };
  const connection = await dial(target, options);
  const reason = new Error("no longer wanted");
  controller.abort(reason);
  await expect(login(target, connection, { ...options, key })).rejects.toBe(reason);
  await guest.idle();
  expect(guest.authMethods).toEqual([]);
});
