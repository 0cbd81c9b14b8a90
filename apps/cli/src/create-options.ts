import type { CreateMachineOptions, Mount, NetworkMode } from "@vfkit-machine/driver";
import { isMachineError, parseMacAddress } from "@vfkit-machine/host";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { flag, list, text, wholeNumber } from "./command-line/options.js";
import type { ParsedOptions } from "./command-line/types.js";
import { UsageError } from "./exit-codes.js";
import type { MachineFile } from "./machine-file.js";
import { parseSizeMiB } from "./sizes.js";

/** What a machine is made from, but for the ISO, which may have to be downloaded first. */
export type WantedMachine = Omit<CreateMachineOptions, "iso"> & { readonly iso: string };

/**
 * The machine that the command line describes. An option wins over what the file says, a list of
 * options over the file's whole list.
 *
 * @param file what `--file` holds; empty without one
 * @throws UsageError
 */
export function createOptions(
  name: string,
  options: ParsedOptions,
  file: MachineFile,
): WantedMachine {
  const iso = text(options, "iso") ?? file.iso;
  if (iso === undefined) {
    throw new UsageError(
      "an ISO is needed: --iso",
      "vfm create --iso minikube downloads one; --iso ./boot2docker.iso takes one of yours.",
    );
  }
  const extraDisks = list(options, "extra-disk");
  const mounts = list(options, "mount");
  return {
    name,
    iso,
    cpus: wholeNumber(options, "cpus") ?? file.cpus,
    memoryMiB: sizeOf("--memory", text(options, "memory"), file.memory),
    diskSizeMiB: sizeOf("--disk", text(options, "disk"), file.disk),
    extraDiskSizesMiB: (extraDisks.length > 0 ? extraDisks : (file.extraDisks ?? [])).map((size) =>
      parseSizeMiB("--extra-disk", size),
    ),
    // The driver refuses an unknown mode by name.
    network: (text(options, "network") ?? file.network) as NetworkMode | undefined,
    macAddress: macOf(text(options, "mac") ?? file.mac),
    mounts:
      mounts.length > 0
        ? mounts.map(parseMount)
        : file.mounts?.map(({ host, guest }) => ({ hostPath: host, guestPath: guest })),
    rosetta: flag(options, "rosetta") || file.rosetta,
    kernelCmdline: text(options, "kernel-cmdline") ?? file.kernelCmdline,
    sshPort: wholeNumber(options, "ssh-port") ?? file.sshPort,
  };
}

function sizeOf(
  option: string,
  given: string | undefined,
  inFile: string | undefined,
): number | undefined {
  const size = given ?? inFile;
  return size === undefined ? undefined : parseSizeMiB(option, size);
}

function macOf(mac: string | undefined): CreateMachineOptions["macAddress"] {
  if (mac === undefined) return undefined;
  try {
    return parseMacAddress(mac);
  } catch (error) {
    if (!isMachineError(error)) throw error;
    throw new UsageError(`--mac: ${error.message}`, error.hint);
  }
}

/** Reads `HOST:GUEST`. @throws UsageError */
export function parseMount(mount: string): Mount {
  const separator = mount.lastIndexOf(":");
  const hostPath = mount.slice(0, separator);
  const guestPath = mount.slice(separator + 1);
  if (separator > 0 && isAbsolute(guestPath)) return { hostPath: expandHome(hostPath), guestPath };
  throw new UsageError(
    `--mount ${JSON.stringify(mount)}: not HOST:GUEST`,
    "Write a directory of this computer and an absolute path in the guest, as in ~/src:/src.",
  );
}

/** `--mount=~/src:/src` reaches us with its tilde: no shell expands it in the middle of a word. */
function expandHome(path: string): string {
  if (path === "~") return homedir();
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : resolve(path);
}
