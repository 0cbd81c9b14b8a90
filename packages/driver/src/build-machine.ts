import { createBoot2dockerDisk, createRawDisk } from "@vfkit-machine/boot2docker-disk";
import { writeKeyPair } from "@vfkit-machine/guest-ssh";
import { MachineError } from "@vfkit-machine/host";
import { openIso } from "@vfkit-machine/iso-extract";
import { open, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { writeConfig } from "./config-file.js";
import type { Step } from "./context.js";
import { copyIso } from "./copy-iso.js";
import { BOOT_FILES } from "./iso-files.js";
import { together } from "./together.js";

/** Makes every file of a machine in `step.paths`, whose directory is there and empty. */
export async function buildMachine(step: Step, iso: string): Promise<void> {
  const { config, paths, operation, host } = step;
  await together(
    step.signal,
    async (signal) => {
      operation.emit("create.iso.copied", await copyIso(iso, paths.iso, signal));
    },
    async (signal) => extractBootFiles(step, iso, signal),
    async (signal) => {
      const { publicKey } = await writeKeyPair(paths.key, { comment: `vfm-${config.name}` });
      operation.emit("create.key.made", { publicKey });
      const sizeMiB = config.diskSizeMiB;
      await createBoot2dockerDisk(paths.disk, { sizeMiB, publicKey, signal });
      operation.emit("create.disk.made", { sizeMiB });
    },
    async (signal) => {
      for (const [index, path] of paths.extraDisks.entries()) {
        const sizeMiB = config.extraDiskSizesMiB[index] ?? 0;
        await createRawDisk(path, { sizeMiB, signal });
        operation.emit("create.extra-disk.made", { path: basename(path), sizeMiB });
      }
    },
  );
  if (host.arch === "arm64") await requireUncompressed(paths.kernel);
  await writeFile(paths.newDisk, "", { mode: 0o600 });
  await writeConfig(paths.config, config);
  operation.emit("create.config.written", {});
}

// From the image that was given and not from the copy: both can go on at once.
async function extractBootFiles(step: Step, path: string, signal: AbortSignal): Promise<void> {
  const { paths, operation } = step;
  await using iso = await openIso(path, { signal });
  const kernel = await iso.extractFile(BOOT_FILES.kernel, paths.kernel, { signal, mode: 0o600 });
  const initrd = await iso.extractFile(BOOT_FILES.initrd, paths.initrd, { signal, mode: 0o600 });
  operation.emit("create.boot.extracted", {
    kernelBytes: kernel.sizeBytes,
    initrdBytes: initrd.sizeBytes,
  });
}

/** On arm64 Apple's framework boots a bare `Image` only, and says of any other that it failed. */
async function requireUncompressed(path: string): Promise<void> {
  const handle = await open(path);
  try {
    const head = Buffer.alloc(8);
    await handle.read(head, 0, head.length, 0);
    const isGzip = head.readUInt16BE(0) === 0x1f8b;
    const isZboot = head.toString("latin1", 4) === "zimg";
    if (!isGzip && !isZboot) return;
  } finally {
    await handle.close();
  }
  throw new MachineError(`the kernel in the ISO (${BOOT_FILES.kernel}) is compressed`, {
    code: "ERR_CHECK_ISO",
    hint: "On Apple silicon the kernel must be an uncompressed Image: use an ISO made for it.",
  });
}
