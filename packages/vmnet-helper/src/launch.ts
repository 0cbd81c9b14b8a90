import {
  abortedError,
  describeEnd,
  indent,
  inspectProcess,
  isMachineError,
  MachineError,
  readLastLines,
  sudoRefusal,
  withDeadline,
  type Daemon,
  type DaemonOptions,
  type Host,
  type ProcessEnd,
} from "@vfkit-machine/host";
import { open, type FileHandle } from "node:fs/promises";
import { FAILED_START_GRACE_PERIOD_MS, START_TIMEOUT_MS } from "./defaults.js";
import { withLines } from "./errors.js";
import { parseInterfaceLine } from "./interface-line.js";
import { lookUntil, openOutput, waitForLine, waitForSocket } from "./output.js";
import { findRivals } from "./processes.js";
import { stopStartedHelper, stopVmnetHelper } from "./stop.js";
import type { HelperRecord, RunningHelper, VmnetInterface } from "./types.js";

export interface LaunchOptions {
  readonly argv: readonly string[];
  readonly socketPath: string;
  readonly logPath: string;
  readonly session: NonNullable<DaemonOptions["session"]>;
  readonly onSpawn?: ((record: HelperRecord) => unknown) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

const CONFLICT_HINT =
  "A vmnet interface fails to start, or hangs, when its network conflicts with another: look at " +
  "Internet Sharing and at other programs that use vmnet, such as socket_vmnet.";

/**
 * Starts the process and waits until its interface and its socket are there. On any failure nothing
 * of it is left, and the error ends with the end of its log.
 */
export async function launch(host: Host, options: LaunchOptions): Promise<RunningHelper> {
  const { socketPath, logPath, signal, timeoutMs = START_TIMEOUT_MS } = options;
  if (signal?.aborted === true) throw abortedError("starting vmnet-helper", signal);
  await using output = await openOutput(logPath);
  const daemon = await spawnDaemon(host, options, output);
  let record: HelperRecord | undefined;
  try {
    const waiting = { signal, timeoutMs, clock: host.clock, hint: CONFLICT_HINT };
    // The deadline's timer also keeps us alive: the daemon does not.
    const found = await withDeadline("waiting for vmnet-helper", waiting, async (ended) => {
      record = await identify(host, daemon, socketPath);
      if (record === undefined) return failWhenExited(daemon, options);
      await options.onSpawn?.(record);
      const ready = waitUntilReady(host, output, record, ended);
      return Promise.race([ready, failWhenExited(daemon, options)]);
    });
    if (record === undefined) throw new Error("a helper is ready and has no record");
    return runningHelper(host, record, daemon, found);
  } catch (error) {
    // Aborted before it was identified: it is there all the same.
    const stopError = await stopFailed(host, record ?? (await identify(host, daemon, socketPath)));
    throw await explain(error, stopError, logPath);
  }
}

async function spawnDaemon(
  host: Host,
  { argv, logPath, session }: LaunchOptions,
  stdout: FileHandle,
): Promise<Daemon> {
  const [file = "", ...args] = argv;
  await using stderr = await open(logPath, "w", 0o600);
  // The mode of open() is for a new file only.
  await stderr.chmod(0o600);
  // A helper that is root becomes whom SUDO_UID names, and then may not bind its socket in our
  // directory: when root runs us through sudo, that is another user. Our own sudo sets them anew.
  const env = { ...host.env, LC_ALL: "C", SUDO_UID: undefined, SUDO_GID: undefined };
  return await host.runner.startDaemon(file, args, { stdout, stderr, session, env });
}

async function identify(
  host: Host,
  { pid }: Daemon,
  socketPath: string,
): Promise<HelperRecord | undefined> {
  const info = await inspectProcess(host, pid);
  return info === undefined ? undefined : { pid, startTime: info.startTime, socketPath };
}

async function waitUntilReady(
  host: Host,
  output: FileHandle,
  record: HelperRecord,
  signal: AbortSignal,
): Promise<VmnetInterface> {
  const { socketPath } = record;
  const found = parseInterfaceLine(await waitForLine(host, output, signal));
  await waitForSocket(host, socketPath, signal);
  // The socket may be that of another start. The lock lets one helper live: the other ends at once.
  await lookUntil(host, signal, async () => {
    return (await findRivals(host, socketPath, record)).length === 0;
  });
  return found;
}

async function failWhenExited(daemon: Daemon, options: LaunchOptions): Promise<never> {
  throw await exitedError(await daemon.exited, options);
}

/** `ERR_SUDO_REFUSED` with sudo's own reason as its cause, or `ERR_VMNET_HELPER_FAILED`. */
async function exitedError(end: ProcessEnd, { argv, logPath }: LaunchOptions): Promise<Error> {
  const lines = await readLastLines(logPath);
  const refusal = end.exitCode === 1 ? sudoRefusal(lines.join("\n")) : undefined;
  if (refusal !== undefined && argv[1] === "--non-interactive") {
    return new MachineError(lines.join("\n"), { code: "ERR_SUDO_REFUSED", cause: refusal });
  }
  return new MachineError(`vmnet-helper ${describeEnd(end)} before its interface was up`, {
    code: "ERR_VMNET_HELPER_FAILED",
    hint: exitHint(lines, logPath),
  });
}

function exitHint(lines: readonly string[], logPath: string): string | undefined {
  if (lines.length === 0) return `It wrote nothing to ${logPath}.`;
  return lines.some((line) => line.includes("vmnet_start_interface:")) ? CONFLICT_HINT : undefined;
}

async function stopFailed(host: Host, record: HelperRecord | undefined): Promise<unknown> {
  if (record === undefined) return undefined;
  try {
    await stopStartedHelper(host, record, { gracePeriodMs: FAILED_START_GRACE_PERIOD_MS });
    return undefined;
  } catch (error) {
    host.logger.warn("clean-up failed while stopping vmnet-helper", { error });
    return error;
  }
}

/** The same error with the end of the log under it, and what a failed clean-up asks of the person. */
async function explain(error: unknown, stopError: unknown, logPath: string): Promise<unknown> {
  if (!isMachineError(error) || error.code === "ERR_SUDO_REFUSED") return error;
  const message = withLines(error.message, await readLastLines(logPath));
  const left = isMachineError(stopError) ? `\n${indent([stopError.message])}` : "";
  return new MachineError(`${message}${left}`, {
    code: error.code,
    hint: isMachineError(stopError) ? stopError.hint : error.hint,
    cause: error.cause,
  });
}

function runningHelper(
  host: Host,
  record: HelperRecord,
  { exited }: Daemon,
  found: VmnetInterface,
): RunningHelper {
  const { socketPath } = record;
  return {
    identity: { pid: record.pid, startTime: record.startTime },
    record,
    interface: found,
    exited,
    [Symbol.asyncDispose]: async () => {
      await stopVmnetHelper(host, record, { socketPath });
    },
  };
}
