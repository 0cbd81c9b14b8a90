import { createBoot2dockerDisk, createRawDisk } from "@vfkit-machine/boot2docker-disk";
import { writeKeyPair } from "@vfkit-machine/guest-ssh";
import { openIso } from "@vfkit-machine/iso-extract";
import { writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { writeConfig } from "./config-file.js";
import type { Step } from "./context.js";
import { copyIso } from "./copy-iso.js";
import { BOOT_FILES } from "./iso-files.js";
import { requireBootable } from "./kernel.js";
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
  await requireBootable(paths.kernel, host.arch);
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
