import { isMachineError } from "@vfkit-machine/host/errors";
import { bootloaderArgv, parseBootloader } from "./bootloader.js";
import { findProblem } from "./check-machine.js";
import { cloudInitArgv, parseCloudInit } from "./cloud-init.js";
import { formatDevice, parseDevice } from "./device.js";
import { configError, quote, usageError } from "./errors.js";
import { asksForCompletion } from "./completion.js";
import { parseFlags, type FlagName, type ParsedFlags } from "./flags.js";
import { parseGoUint, parseGoUint32 } from "./go-values.js";
import { parseQuotedList } from "./quoted-list.js";
import type { Bootloader, LogLevel, VirtualMachine } from "./types.js";

/** What a command line asks vfkit to do. */
export type CommandLine =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  /** A shell asks for completions, or a person for the script that does. */
  | { readonly kind: "completion" }
  | {
      readonly kind: "run";
      readonly machine: VirtualMachine;
      /** Words that vfkit takes and does nothing with, such as the `false` of `--gui false`. */
      readonly ignored: readonly string[];
    };

/**
 * Writes the arguments of vfkit for a machine, without the name of the program. Reading them back
 * gives the machine again; a machine of which vfkit would make another is refused.
 *
 * @throws MachineError `ERR_VFKIT_CONFIG`
 */
export function toArgv(machine: VirtualMachine): string[] {
  const problem = findProblem(machine);
  if (problem !== undefined) throw configError(problem);
  const { restfulUri, logLevel, pidFile, timesyncVsockPort, ignitionPath, cloudInit } = machine;
  const argv = [
    "--cpus",
    String(machine.cpus),
    "--memory",
    String(machine.memoryMiB),
    ...bootloaderArgv(machine.bootloader),
    ...machine.devices.flatMap((device) => ["--device", formatDevice(device)]),
    ...(restfulUri === undefined ? [] : ["--restful-uri", restfulUri]),
    ...(logLevel === undefined ? [] : ["--log-level", logLevel]),
    ...(pidFile === undefined ? [] : ["--pidfile", pidFile]),
    ...(timesyncVsockPort === undefined ? [] : ["--timesync", `vsockPort=${timesyncVsockPort}`]),
    ...(ignitionPath === undefined ? [] : ["--ignition", ignitionPath]),
    ...(cloudInit === undefined ? [] : cloudInitArgv(cloudInit)),
    ...(machine.nested === true ? ["--nested"] : []),
    ...(machine.gui === true ? ["--gui"] : []),
  ];
  for (const word of argv) {
    if (!/\0|\p{Surrogate}/u.test(word)) continue;
    throw configError({ message: `no argument can hold ${quote(word)}: NUL or half a character` });
  }
  return argv;
}

/**
 * Reads the arguments of vfkit, without the name of the program, by vfkit's own rules.
 *
 * @throws MachineError `ERR_VFKIT_USAGE` where vfkit fails, also when they ask for help or the version
 */
export function parseArgv(argv: readonly string[]): VirtualMachine {
  const commandLine = parseCommandLine(argv);
  if (commandLine.kind === "run") return commandLine.machine;
  throw usageError(`the command line describes no machine: it asks for ${commandLine.kind}`);
}

/**
 * As {@link parseArgv}, for an executable with vfkit's command line: help, version and completion
 * are answers too.
 *
 * @throws MachineError `ERR_VFKIT_USAGE`
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  if (asksForCompletion(argv)) return { kind: "completion" };
  const flags = parseFlags(argv);
  if (last(flags, "help", isTrue) === true) return { kind: "help" };
  if (last(flags, "version", isTrue) === true) return { kind: "version" };
  const cloudInit = readCloudInit(flags);
  const machine = readMachine(flags, cloudInit.machine);
  refuseUnsayable(machine);
  return { kind: "run", machine, ignored: [...flags.words, ...cloudInit.ignored] };
}

function readMachine(flags: ParsedFlags, cloudInit: Partial<VirtualMachine>): VirtualMachine {
  const bootloader = readBootloader(flags);
  const restfulUri = last(flags, "restful-uri");
  return {
    cpus: Number(last(flags, "cpus", parseGoUint) ?? 1n),
    memoryMiB: Number(last(flags, "memory", parseGoUint) ?? 512n),
    bootloader,
    devices: all(flags, "device").map(parseDevice),
    ...(restfulUri === undefined || restfulUri === "none://" ? {} : { restfulUri }),
    ...unlessEmpty("logLevel", last(flags, "log-level") as LogLevel | undefined),
    ...unlessEmpty("pidFile", last(flags, "pidfile")),
    ...readTimesync(last(flags, "timesync") ?? ""),
    ...unlessEmpty("ignitionPath", last(flags, "ignition")),
    ...cloudInit,
    ...(last(flags, "nested", isTrue) === true ? { nested: true } : {}),
    ...(last(flags, "gui", isTrue) === true ? { gui: true } : {}),
  };
}

function readBootloader(flags: ParsedFlags): Bootloader {
  const legacy = (["kernel", "initrd", "kernel-cmdline"] as const).map((name) => last(flags, name));
  const [kernelPath, initrdPath, kernelCmdline] = legacy;
  const given = legacy.filter((value) => value !== undefined).length;
  if (given > 0 && flags.values.has("bootloader")) {
    throw usageError("--bootloader excludes --kernel, --initrd and --kernel-cmdline");
  }
  if (given !== 0 && given !== legacy.length) {
    throw usageError("--kernel, --initrd and --kernel-cmdline belong together: give all or none");
  }
  if (kernelPath !== undefined && initrdPath !== undefined && kernelCmdline !== undefined) {
    return { kind: "linux", kernelPath, initrdPath, kernelCmdline };
  }
  return parseBootloader(list(flags, "bootloader"));
}

function readTimesync(text: string): { readonly timesyncVsockPort?: number } {
  if (text === "") return {};
  let port = 0;
  for (const item of text.split(",").filter((part) => part !== "")) {
    const value = /^vsockPort=(.*)$/s.exec(item)?.[1];
    const parsed = value === undefined ? undefined : parseGoUint32(value);
    if (parsed === undefined) {
      throw usageError(`invalid --timesync: ${quote(text)}`, "Expected vsockPort=PORT.");
    }
    port = parsed;
  }
  return { timesyncVsockPort: port };
}

function readCloudInit(flags: ParsedFlags): {
  readonly machine: Partial<VirtualMachine>;
  readonly ignored: readonly string[];
} {
  const items = list(flags, "cloud-init");
  if (items.length === 0) return { machine: {}, ignored: [] };
  const { cloudInit, ignored } = parseCloudInit(items);
  return { machine: { cloudInit }, ignored };
}

/** What vfkit would not run, it must not seem to read; what it would misread, neither. */
function refuseUnsayable(machine: VirtualMachine): void {
  try {
    toArgv(machine);
  } catch (error) {
    if (!isMachineError(error, "ERR_VFKIT_CONFIG")) throw error;
    throw usageError(error.message, error.hint);
  }
}

function all(flags: ParsedFlags, name: FlagName): readonly string[] {
  return flags.values.get(name) ?? [];
}

function list(flags: ParsedFlags, name: FlagName): string[] {
  return all(flags, name).flatMap((value) => parseQuotedList(value) ?? []);
}

function last(flags: ParsedFlags, name: FlagName): string | undefined;
function last<T>(flags: ParsedFlags, name: FlagName, read: (text: string) => T): T | undefined;
function last<T>(
  flags: ParsedFlags,
  name: FlagName,
  read?: (text: string) => T,
): T | string | undefined {
  const value = all(flags, name).at(-1);
  if (value === undefined) return undefined;
  return read === undefined ? value : read(value);
}

function unlessEmpty<K extends string, V extends string>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  return value === undefined || value === "" ? {} : ({ [key]: value } as { [P in K]: V });
}

function isTrue(text: string): boolean {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(text);
}
