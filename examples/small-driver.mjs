// A machine driver of your own in a page: starts vfkit, follows its state through REST, finds the
// guest's address, logs in, and presses the power button. On Linux, with vfkit-qemu as vfkit.
//   node examples/iso-to-vfkit.mjs boot2docker.iso DIRECTORY && node examples/small-driver.mjs DIRECTORY [MEMORY_MIB]
import { waitForLease } from "@vfkit-machine/dhcp-leases";
import { runCommand, waitForSsh } from "@vfkit-machine/guest-ssh";
import {
  CleanupStack,
  createHost,
  inspectProcess,
  removeTree,
  terminate,
} from "@vfkit-machine/host";
import { parseInspect, restUriForUnixSocket, toArgv } from "@vfkit-machine/vfkit-config";
import { openVfkitClient } from "@vfkit-machine/vfkit-rest-client";
import { mkdtemp, open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A large image on a slow computer takes its time. */
const BOOT_MS = 180_000;

const [machine = "machine", memoryMiB = "4096"] = process.argv.slice(2);
const inside = (name) => resolve(machine, name);
const macAddress = "5a:94:ef:e4:0c:ee";
const host = createHost();
const undo = new CleanupStack(host.logger);
try {
  // Short: a unix socket's path may have 103 bytes on macOS.
  const directory = await mkdtemp(join(tmpdir(), "vm-"));
  undo.defer("removing the directory", () => removeTree(directory));
  const socketPath = join(directory, "rest.sock");

  const argv = toArgv({
    cpus: 1,
    memoryMiB: Number(memoryMiB),
    bootloader: {
      kind: "linux",
      kernelPath: inside("bzimage"),
      initrdPath: inside("initrd"),
      // vfkit has no serial port on Intel either, but images of this kind expect one there.
      kernelCmdline: `console=${host.arch === "arm64" ? "hvc0" : "ttyS0"} loglevel=3 base`,
    },
    devices: [
      { kind: "virtio-blk", path: inside("disk.img") },
      { kind: "virtio-net", attachment: { kind: "nat" }, macAddress },
      { kind: "virtio-rng" },
      { kind: "virtio-serial", attachment: { kind: "log-file", path: inside("serial.log") } },
    ],
    restfulUri: restUriForUnixSocket(socketPath),
  });
  const logPath = join(directory, "vfkit.log");
  const log = await open(logPath, "a");
  undo.defer("closing the log", () => log.close());
  const vfkit = await host.runner.startDaemon("vfkit", argv, { stdout: log, stderr: log });
  // A pid can be another program's by the time it is signalled: a process is pid and start time.
  const identity = await inspectProcess(host, vfkit.pid);
  if (identity !== undefined) {
    undo.defer("ending vfkit", () => terminate(host, identity, { group: true }));
  }
  const unlessItDies = (promise) =>
    Promise.race([
      promise,
      vfkit.exited.then(async () => {
        throw new Error(`vfkit ended:\n${await readFile(logPath, "utf8")}`);
      }),
    ]);

  const client = openVfkitClient({ socketPath });
  undo.defer("closing the connection", () => client[Symbol.asyncDispose]());
  await unlessItDies(client.waitForState("Running", { timeoutMs: 30_000 }));
  const seen = parseInspect(await client.inspect());
  console.log(`running: ${seen.cpus} CPU, ${seen.memoryMiB} MiB, ${seen.devices.length} devices`);

  const { ipAddress } = await unlessItDies(waitForLease({ macAddress, timeoutMs: BOOT_MS }));
  const target = {
    host: ipAddress,
    port: 22,
    user: "docker",
    privateKeyPath: inside("id_ed25519"),
    knownHostsPath: inside("known_hosts"),
    hostKeyAlias: "small",
  };
  const { attempts } = await unlessItDies(waitForSsh(target, { timeoutMs: BOOT_MS }));
  const { stdout } = await runCommand(target, "uname -sm");
  console.log(`${ipAddress} took the key after ${attempts} attempts: ${stdout.trim()}`);

  for (let presses = 1; ; presses += 1) {
    await client.requestState("Stop");
    if (await endsWithin(vfkit.exited, 5_000)) break;
    // A guest that still boots does not hear its power button, though SSH answers: press it again.
    if (presses === 12) throw new Error("the guest does not listen to its power button");
  }
  console.log("the guest shut down");
} finally {
  await undo.unwind();
}

async function endsWithin(exited, timeoutMs) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  const ended = await Promise.race([exited.then(() => true), late]);
  clearTimeout(timer);
  return ended;
}
