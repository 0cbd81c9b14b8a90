import { MachineError } from "@vfkit-machine/host";
import { posix } from "node:path";
import { parseOptions, type ParsedOptions } from "./config-schema.js";
import { DEFAULTS, LIMITS } from "./defaults.js";
import { macAddressForName } from "./mac-address.js";
import { parseMachineName, quoted } from "./names.js";
import type { CreateMachineOptions } from "./types.js";
import { kernelCmdline } from "./virtual-machine.js";

const CODES: Readonly<Record<string, string>> = {
  network: "ERR_CHECK_NETWORK",
  iso: "ERR_CHECK_ISO",
};

const HINTS: Readonly<Record<string, string>> = {
  network: "Choose nat, or vmnet-shared for machines that reach each other.",
  memoryMiB: `From ${LIMITS.memoryMiB.min} MiB up; the ISO of minikube wants 2400 or more.`,
  diskSizeMiB: `From ${LIMITS.diskSizeMiB.min} MiB up.`,
  macAddress: "Write six hexadecimal bytes, the first one even, as in 5a:94:ef:e4:0c:ee.",
  cpus: `From ${LIMITS.cpus.min} to ${LIMITS.cpus.max}.`,
  extraDiskSizesMiB: `At most ${LIMITS.extraDisks} extra disks, each from ${LIMITS.extraDiskSizeMiB.min} MiB up.`,
  mounts:
    `At most ${LIMITS.mounts} directories, each absolute on both sides; vfkit cannot pass a path with ` +
    "a comma: make a symbolic link without one and mount that.",
  sshPort: "From 1 to 65535; SSH is on 22 in most guests.",
  kernelCmdline: "One line of printable text.",
  iso: "Give the absolute path of a boot2docker-style ISO, as in /Users/me/minikube.iso.",
};

/**
 * Fills in the defaults and refuses, before anything is made, what cannot work.
 *
 * @param arch as `process.arch`
 * @param platform as `process.platform`
 * @throws MachineError `ERR_CHECK_NAME`, `ERR_CHECK_NETWORK`, `ERR_CHECK_ISO`, `ERR_CHECK_OPTION`
 */
export function resolveOptions(
  options: CreateMachineOptions,
  arch: string,
  platform: NodeJS.Platform = "darwin",
): ParsedOptions {
  const name = parseMachineName(options.name);
  const { start: _, ...given } = options;
  const parsed = parseOptions({
    cpus: DEFAULTS.cpus,
    memoryMiB: DEFAULTS.memoryMiB,
    diskSizeMiB: DEFAULTS.diskSizeMiB,
    extraDiskSizesMiB: [],
    network: DEFAULTS.network,
    macAddress: macAddressForName(name),
    mounts: [],
    kernelCmdline: "",
    sshPort: DEFAULTS.sshPort,
    sshUser: DEFAULTS.sshUser,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  });
  if ("problem" in parsed) {
    const { option, problem } = parsed;
    throw new MachineError(`cannot make ${name}: ${problem}`, {
      code: CODES[option] ?? "ERR_CHECK_OPTION",
      hint: HINTS[option],
    });
  }
  requireShortCmdline(kernelCmdline(arch, parsed.options.kernelCmdline));
  if (parsed.options.rosetta === true) requireAppleSilicon(platform, arch);
  const guestPaths = parsed.options.mounts.map(({ guestPath }) => guestPath);
  requireDistinctMounts(guestPaths);
  requireVisibleKeys(guestPaths, parsed.options.sshUser);
  return parsed.options;
}

/** Rosetta translates x86-64 programs for Apple's own processors, and is part of macOS. */
function requireAppleSilicon(platform: NodeJS.Platform, arch: string): void {
  if (platform === "darwin" && arch === "arm64") return;
  const reason =
    platform === "darwin"
      ? "an Intel Mac runs x86-64 programs by itself"
      : `it is a part of macOS, and this host is ${platform}`;
  throw new MachineError(`Rosetta is not available here: ${reason}`, {
    code: "ERR_CHECK_ROSETTA",
    hint: "Leave Rosetta out.",
  });
}

function requireShortCmdline(cmdline: string): void {
  const bytes = Buffer.byteLength(cmdline);
  if (bytes <= LIMITS.kernelCmdlineBytes) return;
  throw new MachineError(
    `the kernel command line has ${bytes} bytes, and Linux reads ${LIMITS.kernelCmdlineBytes}: ` +
      quoted(cmdline),
    { code: "ERR_CHECK_OPTION" },
  );
}

/** One path may be spelt in many ways: `/a`, `/a/`, `/b/../a`. */
function requireDistinctMounts(guestPaths: readonly string[]): void {
  const taken = new Set<string>();
  for (const path of guestPaths) {
    const place = posix.resolve(path);
    if (place === "/" || taken.has(place)) throw mountPlaceError(path, place);
    taken.add(place);
  }
}

/** A mount over the home directory hides the keys in it: nobody could log in any more. */
function requireVisibleKeys(guestPaths: readonly string[], user: string): void {
  const keys = `/home/${user}/.ssh`;
  const over = guestPaths.find((path) => `${keys}/`.startsWith(`${posix.resolve(path)}/`));
  if (over === undefined) return;
  throw new MachineError(`a mount on ${quoted(over)} would hide the keys in ${keys}`, {
    code: "ERR_CHECK_OPTION",
    hint: `Choose a place inside, as in /home/${user}/src.`,
  });
}

function mountPlaceError(path: string, place: string): MachineError {
  const problem =
    place === "/" ? "a mount has the guest's root" : "two mounts have the same place in the guest";
  return new MachineError(`${problem}: ${quoted(path)}`, {
    code: "ERR_CHECK_OPTION",
    hint: "Give each a place of its own.",
  });
}
