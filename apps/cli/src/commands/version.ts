import { createHost, findExecutable, isMachineError, type Host } from "@vfkit-machine/host";
import { findVmnetHelper } from "@vfkit-machine/vmnet-helper";
import type { Action } from "../command-line/types.js";
import { EXIT } from "../exit-codes.js";
import { readVersion } from "../version.js";

const TIMEOUT_MS = 10_000;

export const version: Action = async (cli) => {
  const host = createHost();
  const [vfkit, helper] = await Promise.all([
    vfkitVersion(host, cli.signal),
    helperVersion(host, cli.signal),
  ]);
  const versions = { vfm: readVersion(), vfkit, vmnetHelper: helper, node: process.version };
  cli.terminal.result(
    cli.globals.json
      ? JSON.stringify(versions, null, 2)
      : [
          `vfm ${versions.vfm}`,
          `vfkit ${vfkit ?? "not installed (brew install vfkit)"}`,
          `vmnet-helper ${helper ?? "not installed (only --network vmnet-shared needs it)"}`,
          `node ${versions.node}`,
        ].join("\n"),
  );
  return EXIT.ok;
};

async function vfkitVersion(host: Host, signal: AbortSignal): Promise<string | null> {
  const path = await findExecutable(host, "vfkit");
  if (path === undefined) return null;
  const { stdout } = await host.runner.run(path, ["--version"], { signal, timeoutMs: TIMEOUT_MS });
  return /v?(\d+\.\d+\.\d+\S*)/.exec(stdout)?.[1] ?? null;
}

async function helperVersion(host: Host, signal: AbortSignal): Promise<string | null> {
  try {
    return (await findVmnetHelper(host, { signal }))?.version.text ?? null;
  } catch (error) {
    // One that cannot be asked is as good as none; vfm doctor says why.
    if (!isMachineError(error) || error.code === "ERR_ABORTED") throw error;
    return null;
  }
}
