import { MachineError } from "@vfkit-machine/host";
import { MAX_SOCKET_PATH_BYTES } from "./defaults.js";
import { invalidOption } from "./errors.js";
import { networkArgv } from "./network-argv.js";
import { requireHelper, type HelperArgvContext, type NetworkOptions } from "./network-options.js";

/** {@link NetworkOptions} and exactly one of the two ends. */
export interface HelperArgvOptions extends NetworkOptions {
  /** Absolute path of the datagram socket that the helper binds; at most 103 bytes. */
  readonly socketPath?: string | undefined;
  /** Number of an inherited datagram socket. */
  readonly fd?: number | undefined;
}

/**
 * The words after `vmnet-helper`. Pure. Refuses what the helper refuses, and what it would ignore or
 * misread.
 *
 * @throws MachineError `ERR_INVALID_VMNET_OPTION`, which names the option and quotes its value;
 *   `ERR_SOCKET_PATH_TOO_LONG`
 */
export function helperArgv(options: HelperArgvOptions, context: HelperArgvContext = {}): string[] {
  const argv = endArgv(options);
  if (options.interfaceId !== undefined) {
    requireUuid(options.interfaceId);
    argv.push("--interface-id", options.interfaceId);
  }
  argv.push(
    ...networkArgv(options, context),
    ...isolationArgv(options, context),
    ...offloadArgv(options),
    ...statsArgv(options, context),
  );
  if (options.verbose === true) argv.push("--verbose");
  return argv;
}

function endArgv({ socketPath, fd }: HelperArgvOptions): string[] {
  if (socketPath !== undefined && fd !== undefined) {
    throw invalidOption(
      `give either a socket (${JSON.stringify(socketPath)}) or a file descriptor (${fd}), not both`,
    );
  }
  if (socketPath !== undefined) return ["--socket", requireSocketPath(socketPath)];
  if (fd === undefined) throw invalidOption("a socket path or a file descriptor is required");
  // Below 3 are stdin, stdout (the JSON line) and stderr (the log).
  if (!Number.isSafeInteger(fd) || fd < 3)
    throw invalidOption(`not a usable file descriptor: ${fd}`);
  return ["--fd", String(fd)];
}

function requireSocketPath(path: string): string {
  const length = Buffer.byteLength(path);
  if (!path.startsWith("/") || path.includes("\0")) {
    throw invalidOption(`the socket's path is not absolute: ${JSON.stringify(path)}`);
  }
  if (length > MAX_SOCKET_PATH_BYTES) {
    throw new MachineError(
      `the socket's path has ${length} bytes, ${MAX_SOCKET_PATH_BYTES} fit: ${JSON.stringify(path)}`,
      { code: "ERR_SOCKET_PATH_TOO_LONG", hint: "Use a shorter directory." },
    );
  }
  return path;
}

function requireUuid(text: string): void {
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)) return;
  throw invalidOption(`the interface id is not a UUID: ${JSON.stringify(text)}`);
}

function isolationArgv(options: NetworkOptions, context: HelperArgvContext): string[] {
  if (options.isolation !== true) return [];
  if (options.mode === "bridged") throw invalidOption("isolation is not for mode bridged");
  const shared = options.network === undefined && (options.mode ?? "shared") === "shared";
  if (shared) requireHelper("isolation in mode shared", 12, context);
  return ["--enable-isolation"];
}

function offloadArgv({ offload, client = "vfkit" }: NetworkOptions): string[] {
  if (offload !== true) return [];
  if (client !== "krunkit") throw invalidOption(`offload is for krunkit, never for ${client}`);
  return ["--enable-tso", "--enable-checksum-offload"];
}

function statsArgv({ statsIntervalSeconds }: NetworkOptions, context: HelperArgvContext): string[] {
  if (statsIntervalSeconds === undefined) return [];
  if (
    !Number.isInteger(statsIntervalSeconds) ||
    statsIntervalSeconds < 1 ||
    statsIntervalSeconds > 0x7fffffff
  ) {
    throw invalidOption(
      `the statistics interval is no whole number of seconds: ${statsIntervalSeconds}`,
    );
  }
  requireHelper("a statistics interval", 13, context);
  return ["--stats-interval", String(statsIntervalSeconds)];
}
