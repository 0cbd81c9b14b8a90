import {
  createMachine,
  type CreateMachineOptions,
  type Mount,
  type NetworkMode,
} from "@vfkit-machine/driver";
import { parseMacAddress } from "@vfkit-machine/host";
import { isAbsolute, resolve } from "node:path";
import { driverContext } from "../cli-context.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { DEFAULT_NAME } from "../machines.js";
import type { Action } from "../program.js";
import { parseSizeMiB } from "../sizes.js";

/** The options as commander hands them over. */
interface CreateFlags {
  readonly iso: string;
  readonly cpus?: string;
  readonly memory?: string;
  readonly disk?: string;
  readonly extraDisk: readonly string[];
  readonly network?: string;
  readonly mac?: string;
  readonly mount: readonly string[];
  readonly kernelCmdline?: string;
  readonly sshPort?: string;
  readonly start: boolean;
}

export const create: Action = async (cli, args, options) => {
  const flags = options as unknown as CreateFlags;
  const machineOptions = readOptions(args[0] ?? DEFAULT_NAME, flags);
  const { context, reporter } = await driverContext(cli, { named: false });
  try {
    const operation = { signal: cli.signal, sudo: cli.sudo };
    const machine = await createMachine(
      { ...machineOptions, start: false },
      { ...context, ...operation },
    );
    if (flags.start) await machine.start(operation);
    const state = await machine.getState();
    const ip = flags.start ? await machine.getIP() : null;
    reporter.end();
    const { machineName: name } = machine;
    cli.terminal.result(
      cli.globals.json === true
        ? JSON.stringify({ name, state, ip, directory: machine.directory }, null, 2)
        : flags.start
          ? `${name} is running at ${ip}`
          : `${name} is created`,
    );
    return EXIT.ok;
  } finally {
    reporter.end();
  }
};

function readOptions(name: string, flags: CreateFlags): CreateMachineOptions {
  return {
    name,
    iso: resolve(flags.iso),
    cpus: flags.cpus === undefined ? undefined : parseCount("--cpus", flags.cpus),
    memoryMiB: flags.memory === undefined ? undefined : parseSizeMiB("--memory", flags.memory),
    diskSizeMiB: flags.disk === undefined ? undefined : parseSizeMiB("--disk", flags.disk),
    extraDiskSizesMiB: flags.extraDisk.map((size) => parseSizeMiB("--extra-disk", size)),
    // The driver refuses an unknown mode by name.
    network: flags.network as NetworkMode | undefined,
    macAddress: flags.mac === undefined ? undefined : parseMacAddress(flags.mac),
    mounts: flags.mount.map(parseMount),
    kernelCmdline: flags.kernelCmdline,
    sshPort: flags.sshPort === undefined ? undefined : parseCount("--ssh-port", flags.sshPort),
  };
}

function parseCount(option: string, text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UsageError(`${option} ${JSON.stringify(text)}: not a whole number`);
}

function parseMount(text: string): Mount {
  const separator = text.lastIndexOf(":");
  const hostPath = text.slice(0, separator);
  const guestPath = text.slice(separator + 1);
  if (separator > 0 && isAbsolute(guestPath)) return { hostPath: resolve(hostPath), guestPath };
  throw new UsageError(
    `--mount ${JSON.stringify(text)}: not HOST:GUEST`,
    "Write a directory of this computer and an absolute path in the guest, as in ~/src:/src.",
  );
}
