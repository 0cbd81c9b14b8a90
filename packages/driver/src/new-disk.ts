import { createBoot2dockerDisk, inspectDisk } from "@vfkit-machine/boot2docker-disk";
import {
  MachineError,
  readFileBounded,
  removeIfPresent,
  systemErrorCode,
  type CleanupStack,
} from "@vfkit-machine/host";
import { rename } from "node:fs/promises";
import type { Step } from "./context.js";
import { exists, readVfkitProcess } from "./vfkit-process.js";

const PUBLIC_KEY_MAX_BYTES = 4096;

/**
 * Makes the data disk of a machine anew whose first boot was cut off while the guest formatted it:
 * no guest would ever mount it, and the keys that were on it are gone.
 *
 * Only when both are true: no guest has ever let us in, so that nobody can have put anything on the
 * disk; and it bears neither the magic string nor a boot2docker file system. Any other disk is left
 * as it is.
 *
 * @throws MachineError `ERR_MACHINE_DAMAGED`, `ERR_DISK_...`, `ERR_ABORTED`
 */
export async function mendNewDisk(step: Step): Promise<void> {
  if (!(await exists(step.paths.newDisk))) return;
  if ((await inspectDisk(step.paths.disk)).guestAction !== "ignore") return;
  await renewDisk(step);
}

/**
 * Has a start that fails give its guest's first boot back: the guest is ended wherever it stands, and
 * between formatting and unpacking that leaves a disk which mounts, and keys that are nowhere. To be
 * deferred before vfkit is started, so that it is done after vfkit's end.
 *
 * Only for a disk that no guest had touched when this start began: what is on it now is this boot's,
 * and this boot has let nobody in.
 */
export async function keepDiskNew(step: Step, cleanup: CleanupStack): Promise<void> {
  const { host, paths } = step;
  if (!(await exists(paths.newDisk))) return;
  if ((await inspectDisk(paths.disk)).guestAction !== "format") return;
  cleanup.defer("making the data disk anew", async () => {
    if (!(await exists(paths.newDisk))) return;
    if ((await readVfkitProcess(host, paths)).info !== undefined) return;
    if ((await inspectDisk(paths.disk)).guestAction === "format") return;
    // An abort has led here as often as not: what undoes it is not aborted.
    await renewDisk({ ...step, signal: undefined });
  });
}

async function renewDisk(step: Step): Promise<void> {
  const { config, paths, operation, signal } = step;
  const publicKey = await readPublicKey(step);
  const aside = `${paths.disk}.new`;
  await removeIfPresent(aside);
  await createBoot2dockerDisk(aside, { sizeMiB: config.diskSizeMiB, publicKey, signal });
  await rename(aside, paths.disk);
  operation.emit("start.disk.renewed", { path: paths.disk });
}

async function readPublicKey({ config, paths }: Step): Promise<string> {
  try {
    return (await readFileBounded(paths.publicKey, PUBLIC_KEY_MAX_BYTES)).toString("utf8");
  } catch (error) {
    throw new MachineError(
      `${config.name} cannot start: its data disk is half formatted, and ${paths.publicKey} cannot ` +
        `be read to make it anew: ${systemErrorCode(error) ?? String(error)}`,
      {
        code: "ERR_MACHINE_DAMAGED",
        hint: `Nothing was ever on that disk: remove the machine with vfm rm ${config.name} and create it again.`,
        cause: error,
      },
    );
  }
}
