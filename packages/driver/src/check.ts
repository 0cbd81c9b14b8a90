import { toArgv } from "@vfkit-machine/vfkit-config";
import {
  findExecutable,
  isMachineError,
  MachineError,
  systemErrorCode,
  type Host,
} from "@vfkit-machine/host";
import { openIso } from "@vfkit-machine/iso-extract";
import { checkVmnetHelper, findVmnetHelper } from "@vfkit-machine/vmnet-helper";
import { realpath, stat } from "node:fs/promises";
import { buildConfig } from "./build-config.js";
import { checkMacAddress } from "./check-mac-address.js";
import { openDriver, pathsIn, type Driver } from "./context.js";
import { TIMES } from "./defaults.js";
import { BOOT_FILES } from "./iso-files.js";
import { machineDirectory } from "./machine-paths.js";
import { quoted } from "./names.js";
import { beginOperation, type Operation } from "./operation.js";
import type { ParsedOptions } from "./config-schema.js";
import { resolveOptions } from "./resolve-options.js";
import type { CreateContext, CreateMachineOptions, MachineConfig, StartOptions } from "./types.js";
import { buildVirtualMachine } from "./virtual-machine.js";
import { isSupportedVfkit, OLDEST_VFKIT } from "./vfkit-version.js";

/**
 * Checks everything that can be checked before a machine is made: the options, the store's path, the
 * ISO, vfkit, and vmnet-helper when the network asks for it. Makes nothing.
 *
 * An ISO that has yet to be downloaded is left out; all the rest is checked then.
 *
 * @throws MachineError `ERR_CHECK_NAME`, `ERR_CHECK_OPTION`, `ERR_CHECK_NETWORK`, `ERR_CHECK_ISO`,
 *   `ERR_CHECK_STORE`, `ERR_CHECK_SOCKET_PATH`, `ERR_CHECK_VFKIT`, `ERR_CHECK_VMNET_HELPER`,
 *   `ERR_ABORTED`
 */
export async function preCreateCheck(
  options: Omit<CreateMachineOptions, "iso"> & { readonly iso?: string | undefined },
  context: CreateContext = {},
): Promise<void> {
  const driver = await openDriver(context);
  const { arch, platform } = driver.host;
  const operation = beginOperation(driver.host, options.name, driver.onEvent);
  // Any absolute path: it is not opened.
  const { iso = "/" } = options;
  const resolved = resolveOptions({ ...options, iso }, arch, platform);
  const hasIso = options.iso !== undefined;
  await checkBeforeCreate(driver, operation, resolved, { ...context, hasIso });
}

/** @returns the configuration that the machine will have */
export async function checkBeforeCreate(
  driver: Driver,
  operation: Operation,
  options: ParsedOptions,
  {
    signal,
    sudo,
    hasIso = true,
  }: Pick<StartOptions, "signal" | "sudo"> & { readonly hasIso?: boolean },
): Promise<MachineConfig> {
  const { host, store } = driver;
  operation.emit("check.started", { network: options.network });
  const config = await buildConfig(driver, options);
  const paths = pathsIn(machineDirectory(store, config.name), config);
  // vfkit's own rules, on the very command line that it will get.
  await asCheck("ERR_CHECK_STORE", async () =>
    toArgv(buildVirtualMachine(config, paths, host.arch)),
  );
  await Promise.all([
    hasIso ? checkIso(options.iso, signal) : undefined,
    checkMacAddress(driver, config),
    ...config.mounts.map(({ hostPath }) => checkMount(hostPath)),
  ]);
  const { path, version } = await findVfkit(host, signal);
  operation.emit("check.vfkit.found", { path, version });
  if (config.network === "vmnet-shared") {
    const helper = await asCheck("ERR_CHECK_VMNET_HELPER", async () =>
      checkVmnetHelper(host, await findVmnetHelper(host, { signal }), { signal, consent: sudo }),
    );
    operation.emit("check.vmnet-helper.found", {
      path: helper.path,
      version: helper.version.text,
    });
  }
  operation.emit("check.done", {});
  return config;
}

/** Finds vfkit and asks it for its version. @throws MachineError `ERR_CHECK_VFKIT` */
async function findVfkit(
  host: Host,
  signal: AbortSignal | undefined,
): Promise<{ readonly path: string; readonly version: string }> {
  const path = await requireVfkit(host);
  const result = await asCheck("ERR_CHECK_VFKIT", () =>
    host.runner.run(path, ["--version"], { signal, timeoutMs: TIMES.versionMs }),
  );
  const version = /v?(\d+\.\d+\.\d+\S*)/.exec(result.stdout)?.[1];
  if (result.exitCode === 0 && version !== undefined) {
    if (isSupportedVfkit(version)) return { path, version };
    throw new MachineError(
      `vfkit ${version} at ${path} is too old: a machine needs vfkit ${OLDEST_VFKIT} or later`,
      { code: "ERR_CHECK_VFKIT", hint: "Update it: brew upgrade vfkit" },
    );
  }
  throw new MachineError(
    `${path} --version does not say a version: ${JSON.stringify(result.stdout.slice(0, 200))}`,
    { code: "ERR_CHECK_VFKIT", hint: "Install vfkit again: brew reinstall vfkit" },
  );
}

/** @returns the absolute path of vfkit. @throws MachineError `ERR_CHECK_VFKIT` */
export async function requireVfkit(host: Host): Promise<string> {
  const path = await findExecutable(host, "vfkit");
  if (path !== undefined) return realpath(path);
  throw new MachineError(`vfkit is not installed: not found on PATH ${host.env["PATH"] ?? ""}`, {
    code: "ERR_CHECK_VFKIT",
    hint: "Install it: brew install vfkit",
  });
}

async function checkIso(path: string, signal: AbortSignal | undefined): Promise<void> {
  await asCheck("ERR_CHECK_ISO", async () => {
    await using iso = await openIso(path, { signal });
    for (const file of Object.values(BOOT_FILES)) {
      const { type, sizeBytes } = await iso.stat(file, { signal });
      if (type === "file" && sizeBytes > 0) continue;
      throw new MachineError(`${path}: ${file} is no file with content`, { code: "ERR_CHECK_ISO" });
    }
  });
}

/** @throws MachineError with `code`, which a start has another of */
export async function checkMount(hostPath: string, code = "ERR_CHECK_OPTION"): Promise<void> {
  const problem = await stat(hostPath).then(
    (found) => (found.isDirectory() ? undefined : "it is not a directory"),
    (error: unknown) =>
      systemErrorCode(error) === "ENOENT"
        ? "there is no such directory"
        : `it cannot be looked at: ${systemErrorCode(error) ?? String(error)}`,
  );
  if (problem === undefined) return;
  throw new MachineError(`cannot mount ${quoted(hostPath)}: ${problem}`, {
    code,
    hint: "Name a directory of this computer that is there; a single file cannot be mounted.",
  });
}

/** Gives an error of a check the code of its check, so that a caller knows that nothing was made. */
async function asCheck<T>(code: string, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (isMachineError(error, "ERR_ABORTED", code)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const hint = isMachineError(error) ? error.hint : undefined;
    throw new MachineError(message, { code, hint, cause: error });
  }
}
