import { toArgv } from "@vfkit-machine/vfkit-config";
import { checkBeforeCreate, requireVfkit } from "./check.js";
import { openDriver, pathsIn } from "./context.js";
import { machineDirectory } from "./machine-paths.js";
import { beginOperation } from "./operation.js";
import { resolveOptions } from "./resolve-options.js";
import type { CreateContext, CreateMachineOptions, MachineConfig } from "./types.js";
import { buildVirtualMachine } from "./virtual-machine.js";

/** What {@link createMachine} would make. */
export interface MachinePlan {
  readonly config: MachineConfig;
  /** The command line that a start would run, vfkit's absolute path first. */
  readonly argv: readonly string[];
}

/**
 * Checks everything that `createMachine` checks and says what it would make. Makes nothing.
 *
 * @throws MachineError what `preCreateCheck` throws
 */
export async function planMachine(
  options: CreateMachineOptions,
  context: CreateContext = {},
): Promise<MachinePlan> {
  const driver = await openDriver(context);
  const { host, store } = driver;
  const operation = beginOperation(host, options.name, driver.onEvent);
  const resolved = resolveOptions(options, host.arch, host.platform);
  const config = await checkBeforeCreate(driver, operation, resolved, context);
  const paths = pathsIn(machineDirectory(store, config.name), config);
  const argv = toArgv(buildVirtualMachine(config, paths, host.arch));
  return { config, argv: [await requireVfkit(host), ...argv] };
}
