import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { writeKeyPair } from "../../src/index.js";
import { temporaryDirectory } from "./temporary-directory.js";

/** A directory with a key pair, as `targetIn` expects it: another for each test of the file. */
export interface KeyDirectory {
  path: string;
  publicKey: string;
}

export function keyDirectoryOfEachTest(): KeyDirectory {
  const current = { path: "", publicKey: "" };
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  beforeEach(async () => {
    directory = await temporaryDirectory();
    const { publicKey } = await writeKeyPair(join(directory.path, "id_ed25519"));
    Object.assign(current, { path: directory.path, publicKey });
  });
  afterEach(() => directory[Symbol.asyncDispose]());
  return current;
}
