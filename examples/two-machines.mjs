// Two machines on one network: the second knows the first by name and reaches it.
//   node examples/two-machines.mjs boot2docker.iso [MEMORY_MIB]
import { createMachine } from "@vfkit-machine/driver";
import { resolve } from "node:path";
import { run } from "./guest.mjs";

const [iso = "boot2docker.iso", memoryMiB = "4096"] = process.argv.slice(2);
const options = {
  iso: resolve(iso),
  cpus: 1,
  memoryMiB: Number(memoryMiB),
  diskSizeMiB: 2048,
  network: "vmnet-shared",
};

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
const { signal } = interrupt;

// Side by side. When one fails, the other is removed below.
const created = await Promise.allSettled(
  ["web", "client"].map((name) => createMachine({ ...options, name }, { signal })),
);
const machines = created.flatMap(({ value }) => value ?? []);
try {
  const failed = created.find(({ status }) => status === "rejected");
  if (failed !== undefined) throw failed.reason;
  const [web, client] = machines;
  const address = await web.getIP();
  console.log(`web is at ${address}, client at ${await client.getIP()}`);
  await run(client, `sudo sh -c 'echo ${address} web >> /etc/hosts'`);
  console.log(await run(client, "ping -c 3 web"));
} finally {
  for (const machine of machines) await machine.remove();
}
