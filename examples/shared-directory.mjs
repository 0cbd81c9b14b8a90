// A directory of this computer, worked on by a program in a machine.
//   node examples/shared-directory.mjs boot2docker.iso [MEMORY_MIB]
import { createMachine } from "@vfkit-machine/driver";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { run } from "./guest.mjs";

const [iso = "boot2docker.iso", memoryMiB = "4096"] = process.argv.slice(2);
const directory = await mkdtemp(join(tmpdir(), "shared-"));
await writeFile(join(directory, "words.txt"), "one two three four\n");

const machine = await createMachine({
  name: "worker",
  iso: resolve(iso),
  cpus: 1,
  memoryMiB: Number(memoryMiB),
  diskSizeMiB: 2048,
  mounts: [{ hostPath: directory, guestPath: "/work" }],
});
try {
  console.log(await run(machine, "mount | grep ' /work '"));
  await run(machine, "sudo sh -c 'wc -w < /work/words.txt > /work/count.txt'");
  console.log(`the guest counted ${(await readFile(join(directory, "count.txt"), "utf8")).trim()}`);
} finally {
  await machine.remove();
  await rm(directory, { recursive: true });
}
