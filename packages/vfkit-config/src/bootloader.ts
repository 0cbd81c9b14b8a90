import { configError, quote, usageError } from "./errors.js";
import { refuseOption, refuseValue, toOptions, type Option } from "./options.js";
import { quoteItem, trimQuotes } from "./quoted-list.js";
import type { Bootloader, EfiBootloader, LinuxBootloader, MacosBootloader } from "./types.js";

// An option that is mandatory but missing is left empty here: check-machine.ts says so.

/** Reads the items of `--bootloader`. @throws MachineError `ERR_VFKIT_USAGE` */
export function parseBootloader(items: readonly string[]): Bootloader {
  const [kind, ...rest] = items;
  const options = toOptions(rest);
  switch (kind) {
    case "linux":
      return parseLinux(options);
    case "efi":
      return parseEfi(options);
    case "macos":
      return parseMacos(options);
    case undefined:
      throw usageError(
        "no bootloader given",
        "Give --kernel, --initrd and --kernel-cmdline, or --bootloader.",
      );
    default:
      throw usageError(`unknown bootloader type: ${quote(kind)}`, "Use linux, efi or macos.");
  }
}

function parseLinux(options: readonly Option[]): LinuxBootloader {
  const found = { kernel: "", initrd: "", cmdline: "" };
  for (const option of options) {
    const { key, value } = option;
    if (key === "kernel" || key === "initrd") found[key] = value;
    else if (key === "cmdline") found.cmdline = trimQuotes(value);
    else refuseOption("the linux bootloader", option);
  }
  return {
    kind: "linux",
    kernelPath: found.kernel,
    initrdPath: found.initrd,
    kernelCmdline: found.cmdline,
    form: "option",
  };
}

function parseEfi(options: readonly Option[]): EfiBootloader {
  let variableStorePath = "";
  let create = false;
  for (const option of options) {
    if (option.key === "variable-store") variableStorePath = option.value;
    else if (option.key === "create") {
      refuseValue("the efi bootloader", option);
      create = true;
    } else refuseOption("the efi bootloader", option);
  }
  return { kind: "efi", variableStorePath, ...(create ? { create } : {}) };
}

function parseMacos(options: readonly Option[]): MacosBootloader {
  const found = { machineIdentifierPath: "", hardwareModelPath: "", auxImagePath: "" };
  for (const option of options) {
    if (!Object.hasOwn(found, option.key)) refuseOption("the macos bootloader", option);
    found[option.key as keyof typeof found] = option.value;
  }
  return { kind: "macos", ...found };
}

/** @throws MachineError `ERR_VFKIT_CONFIG` when `--bootloader` cannot express a text */
export function bootloaderArgv(bootloader: Bootloader): string[] {
  if (bootloader.kind === "linux") return linuxArgv(bootloader);
  if (bootloader.kind === "efi") {
    const { variableStorePath, create } = bootloader;
    return option("efi", [
      item("variable-store", variableStorePath),
      ...(create === true ? ["create"] : []),
    ]);
  }
  return option("macos", [
    item("machineIdentifierPath", bootloader.machineIdentifierPath),
    item("hardwareModelPath", bootloader.hardwareModelPath),
    item("auxImagePath", bootloader.auxImagePath),
  ]);
}

function linuxArgv({ kernelPath, initrdPath, kernelCmdline, form }: LinuxBootloader): string[] {
  if (form !== "option") {
    return ["--kernel", kernelPath, "--initrd", initrdPath, "--kernel-cmdline", kernelCmdline];
  }
  const paths = [item("kernel", kernelPath), item("initrd", initrdPath)];
  return option("linux", [...paths, cmdlineItem(kernelCmdline)]);
}

function option(kind: string, items: readonly string[]): string[] {
  return ["--bootloader", [kind, ...items].join(",")];
}

function item(key: string, value: string): string {
  return quoteItem(`${key}=${value}`) ?? refuse(key, value);
}

/** The command line is stripped of quotes twice: once as an item, once as a value. */
function cmdlineItem(value: string): string {
  const spellings = [`"${value}"`, value];
  for (const spelling of spellings) {
    const quoted = quoteItem(`cmdline=${spelling}`);
    if (trimQuotes(spelling) === value && quoted !== undefined) return quoted;
  }
  return refuse("cmdline", value);
}

function refuse(key: string, value: string): never {
  throw configError({
    message: `--bootloader has no spelling for ${key}=${value}`.slice(0, 300),
    hint:
      key === "kernel" || key === "initrd" || key === "cmdline"
        ? 'vfkit knows no way to escape a quote: use form "flags", which takes any text.'
        : "vfkit knows no way to escape a quote: rename the file.",
  });
}
