import { CleanupStack, createHost, type Host, type SudoConsent } from "@vfkit-machine/host";
import type { DriverEvent } from "./events.js";
import { machineDirectory, machinePaths, type MachinePaths } from "./machine-paths.js";
import { beginOperation, type Operation } from "./operation.js";
import { readConfig } from "./config-file.js";
import { asStorageError } from "./storage-error.js";
import { openStore, type Store } from "./store.js";
import type { DriverContext, MachineConfig, OperationOptions } from "./types.js";

/** A {@link DriverContext} with its defaults filled in. */
export interface Driver {
  readonly host: Host;
  readonly store: Store;
  readonly onEvent: ((event: DriverEvent) => void) | undefined;
}

/** One machine, and everything that an operation on it needs. */
export interface Subject extends Driver {
  readonly config: MachineConfig;
  readonly paths: MachinePaths;
}

/** A step of an operation: what it works on, how it reports, and what may end it. */
export interface Step extends Subject {
  readonly operation: Operation;
  readonly signal: AbortSignal | undefined;
  readonly sudo: SudoConsent;
}

export async function openDriver(context: DriverContext): Promise<Driver> {
  const host = context.host ?? createHost();
  return {
    host,
    store: await openStore(host, context.storeDir),
    onEvent: context.onEvent,
  };
}

/**
 * Reads a machine of the store. A `socketDir` that is not this machine's (the store was moved, or the
 * file was edited) is never used: it is chosen anew.
 *
 * @throws MachineError `ERR_MACHINE_NOT_FOUND`, `ERR_CONFIG_INVALID`, `ERR_CONFIG_NEWER`
 */
export async function readSubject(driver: Driver, name: string): Promise<Subject> {
  const { host, store } = driver;
  const directory = machineDirectory(store, name);
  const config = await readConfig(directory);
  if (config.socketDir === directory) return subjectOf(driver, config);
  const { chooseSocketDir, isOwnSocketDir, temporaryDirectories } = await import("./socket-dir.js");
  if (isOwnSocketDir(config.socketDir, directory)) return subjectOf(driver, config);
  const temporary = await temporaryDirectories(host);
  const socketDir = chooseSocketDir(directory, config.network, store, temporary);
  return subjectOf(driver, { ...config, socketDir });
}

/**
 * What {@link readSubject} throws of a machine that is gone or damaged. Not found is also a directory
 * without a config.json: nobody's machine, and in the way of one.
 */
export const UNREADABLE_CODES = [
  "ERR_MACHINE_NOT_FOUND",
  "ERR_CONFIG_INVALID",
  "ERR_CONFIG_NEWER",
] as const;

export function subjectOf(driver: Driver, config: MachineConfig): Subject {
  const directory = machineDirectory(driver.store, config.name);
  return { ...driver, config, paths: pathsIn(directory, config) };
}

/** @param directory where the machine is, or where it is being built */
export function pathsIn(directory: string, config: MachineConfig): MachinePaths {
  const { name, extraDiskSizesMiB, socketDir } = config;
  return machinePaths(directory, name, extraDiskSizesMiB.length, socketDir);
}

/** Runs one operation on a machine with its lock held. */
export async function withMachine<T>(
  subject: Subject,
  what: string,
  options: OperationOptions & { readonly sudo?: SudoConsent | undefined },
  work: (step: Step) => Promise<T>,
): Promise<T> {
  const { host, store, config, onEvent } = subject;
  const { signal, lockTimeoutMs, sudo = "never" } = options;
  const { lockMachine } = await import("./lock.js");
  const lock = await lockMachine(host, store, config.name, {
    operation: what,
    signal,
    timeoutMs: lockTimeoutMs,
  }).catch((error: unknown) => {
    throw asStorageError(error);
  });
  const cleanup = new CleanupStack(host.logger);
  cleanup.defer(`letting go of ${config.name}`, () => lock.release());
  try {
    const operation = beginOperation(host, config.name, onEvent);
    const result = await work({ ...subject, operation, signal, sudo });
    await cleanup[Symbol.asyncDispose]();
    return result;
  } catch (error) {
    await cleanup.unwind();
    throw asStorageError(error);
  }
}
