import { isSupportedVfkit, OLDEST_VFKIT } from "@vfkit-machine/driver";
import { findExecutable, isMachineError, readMacosVersion } from "@vfkit-machine/host";
import { checkVmnetHelper, findVmnetHelper } from "@vfkit-machine/vmnet-helper";
import { findingOf, type Check } from "./types.js";

const TIMEOUT_MS = 10_000;
/** Virtualization.framework boots Linux as vfkit asks for it from here on. */
const OLDEST_MACOS = 13;
/** From here on SIGTERM asks the guest to shut down; older ones cut its power. */
const GOOD_VFKIT = [0, 6, 2] as const;

export const checkSystem: Check = async ({ host }) => {
  const version = await readMacosVersion(host);
  const finding = findingOf("system");
  if (version === undefined) {
    const message = `this is ${host.platform}, not macOS: vfkit does not run here`;
    return finding("warn", message, "On Linux machines run in the lab of the repository only.");
  }
  const text = `macOS ${version.major}.${version.minor}.${version.patch} on ${host.arch}`;
  if (version.major >= OLDEST_MACOS) return finding("pass", text);
  return finding("fail", `${text} is too old`, `vfkit needs macOS ${OLDEST_MACOS} or later.`);
};

export const checkVfkit: Check = async ({ host, signal }) => {
  const finding = findingOf("vfkit");
  const path = await findExecutable(host, "vfkit");
  if (path === undefined) {
    const message = `vfkit is not on PATH ${host.env["PATH"] ?? ""}`;
    return finding("fail", message, "Install it: brew install vfkit");
  }
  const result = await host.runner.run(path, ["--version"], { signal, timeoutMs: TIMEOUT_MS });
  const numbers = /v?(\d+)\.(\d+)\.(\d+)/.exec(result.stdout);
  if (result.exitCode !== 0 || numbers === null) {
    return finding(
      "fail",
      `${path} does not say its version`,
      "Install it again: brew reinstall vfkit",
    );
  }
  const version = numbers.slice(1).map(Number);
  const text = `vfkit ${version.join(".")} at ${path}`;
  if (!isSupportedVfkit(version.join("."))) {
    const message = `${text} is too old: machines need ${OLDEST_VFKIT} or later`;
    return finding("fail", message, "Update: brew upgrade vfkit");
  }
  return isAtLeast(version, GOOD_VFKIT)
    ? finding("pass", text)
    : finding("warn", `${text} cuts the guest's power at SIGTERM`, "Update: brew upgrade vfkit");
};

/** Only machines on vmnet-shared need it: without one, nothing of it is a failure. */
export const checkHelper: Check = async ({ host, machines, signal }) => {
  const needed = machines.some(({ network }) => network === "vmnet-shared");
  try {
    const found = await findVmnetHelper(host, { signal });
    const helper = await checkVmnetHelper(host, found, { signal, consent: "never" });
    const how = helper.needsRoot ? ", as root through sudo without a password" : "";
    const message = `vmnet-helper ${helper.version.text} at ${helper.path}${how}`;
    return [{ check: "vmnet-helper", status: "pass", message }];
  } catch (error) {
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    const missing = error.code === "ERR_VMNET_HELPER_NOT_FOUND";
    const message = needed ? error.message : `${error.message} (only vmnet-shared needs it)`;
    const status = needed ? "fail" : missing ? "pass" : "warn";
    return [{ check: "vmnet-helper", status, message, hint: error.hint }];
  }
};

export const checkSsh: Check = async ({ host }) => {
  const path = await findExecutable(host, "ssh");
  const finding = findingOf("ssh");
  if (path !== undefined) return finding("pass", `ssh at ${path}`);
  const message = "there is no ssh on PATH: vfm ssh and vfm cp need it";
  return finding("fail", message, "Install the OpenSSH client; macOS has it as /usr/bin/ssh.");
};

function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  for (const [index, number] of wanted.entries()) {
    const own = version[index] ?? 0;
    if (own !== number) return own > number;
  }
  return true;
}
