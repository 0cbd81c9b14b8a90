import { writeFile } from "node:fs/promises";
import {
  isMachineError,
  systemErrorCode,
  withDeadline,
  type Host,
  type Logger,
} from "@vfkit-machine/host";
import {
  checkDiskImages,
  parseCommandLine,
  parseRestUri,
  type RestEndpoint,
  type VirtualMachine,
} from "@vfkit-machine/vfkit-config";
import { STOP_GRACE_MS, VFKIT_VERSION } from "./defaults.js";
import { createLogger } from "./log.js";
import { prepareMachine } from "./prepare.js";
import { QemuMachine } from "./qemu-machine.js";
import { requireSupported } from "./refusals.js";
import { RestServer } from "./rest-server.js";
import { HELP, USAGE } from "./usage.js";

/** The standard streams and signals of the process that {@link runCommand} is. */
export interface Terminal {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Calls `handler` at each SIGTERM and SIGINT. */
  readonly onStopSignal: (handler: (signal: string) => void) => void;
}

/**
 * Everything the executable does.
 *
 * @param argv as of vfkit, without the name of the program
 * @returns the exit code: 0 or 1, as vfkit's
 */
export async function runCommand(
  host: Host,
  argv: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> {
  try {
    const commandLine = parseCommandLine(argv);
    if (commandLine.kind === "run") return await runMachine(host, commandLine.machine, terminal);
    if (commandLine.kind === "version") {
      // stdout is vfkit's to the byte: programs read it. A person sees both.
      terminal.stdout(`vfkit version: ${VFKIT_VERSION}\n`);
      terminal.stderr("vfkit-qemu: this is not vfkit but QEMU behind its command line\n");
    } else {
      terminal.stdout(HELP);
    }
    return 0;
  } catch (error) {
    terminal.stderr(describeFailure(error));
    return 1;
  }
}

/** As cobra prints it: first with the usage, then, last, alone. */
function describeFailure(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = isMachineError(error) && error.hint !== undefined ? `${error.hint}\n` : "";
  return `Error: ${message}\n${USAGE}\n${message}\n${hint}`;
}

async function runMachine(host: Host, given: VirtualMachine, terminal: Terminal): Promise<0 | 1> {
  const logger = createLogger(given.logLevel, terminal.stderr);
  const logging: Host = { ...host, logger };
  logger.info("virtual machine parameters:");
  logger.info(`\tvCPUs: ${given.cpus}`);
  logger.info(`\tmemory: ${given.memoryMiB} MiB`);
  const supported = requireSupported(given);
  if (given.pidFile !== undefined) {
    await writeFile(given.pidFile, String(process.pid), { mode: 0o600 });
  }
  await checkDiskImages(supported.devices);
  const prepared = await prepareMachine(logging, supported);
  const endpoint = parseRestUri(given.restfulUri ?? "none://");
  const machine = new QemuMachine(logging, prepared);
  let server: RestServer | undefined;
  try {
    server = await RestServer.listen(endpoint, machine, terminal.stdout);
  } catch (error) {
    // vfkit's server ends the process by itself, without the usage and with whatever it left behind.
    logger.fatal(listenFailure(endpoint, error));
    return 1;
  }
  try {
    terminal.onStopSignal((signal) => {
      // It handles its own failures: nothing is left to reject.
      void stopOnSignal(machine, signal, terminal, logger);
    });
    await machine.run();
    logger.info("VM is stopped");
    return 0;
  } finally {
    await server?.[Symbol.asyncDispose]();
  }
}

function listenFailure(endpoint: RestEndpoint, error: unknown): string {
  const address = endpoint.kind === "unix" ? endpoint.socketPath : JSON.stringify(endpoint);
  const inUse = systemErrorCode(error) === "EADDRINUSE";
  const reason = inUse ? "address already in use" : String(error);
  return `listen ${endpoint.kind} ${address}: bind: ${reason}`;
}

/** Asks the guest, waits, cuts the power. */
async function stopOnSignal(
  machine: QemuMachine,
  signal: string,
  terminal: Terminal,
  logger: Logger,
): Promise<void> {
  terminal.stderr(`captured ${signal}, calling exit handlers and exiting..\n`);
  if (machine.state() === "Stopped" || machine.state() === "Starting") {
    // No guest is there yet to be asked.
    await machine.cutPower();
    return;
  }
  try {
    await machine.change("Stop");
  } catch (error) {
    logger.error(`failed to shutdown VM: ${String(error)}`);
  }
  try {
    await withDeadline("waiting for the VM to stop", { timeoutMs: STOP_GRACE_MS }, () =>
      machine.ended(),
    );
    logger.debug("VM stopped gracefully");
  } catch (error) {
    logger.warn(`failed to wait for VM stop: ${String(error)}, forcing stop`);
    await machine.cutPower();
  }
}
