import { createHost, type CommandResult, type Host } from "@vfkit-machine/host";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where `vfm` is built to: the suite runs what a user runs. */
export const VFM: string = fileURLToPath(new URL("../../cli/dist/main.js", import.meta.url));

/** Runs the real `vfm` as a process of its own. */
export interface Vfm {
  readonly host: Host;
  readonly home: string;
  /** Absolute path of the program, for who must spawn it alone. */
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Resolves whatever the exit code. */
  run(args: readonly string[], options?: { readonly input?: string }): Promise<CommandResult>;
  /** Stdout of a command that must succeed. @throws Error with what it printed */
  ok(...args: readonly string[]): Promise<string>;
  /** The parsed `--json` result of a command that must succeed. */
  json<T>(...args: readonly string[]): Promise<T>;
}

/** Well within the limit of a test, so that what hangs is told by its name and last words. */
const COMMAND_TIMEOUT_MS = 2 * 60_000;

/**
 * @param home the store: nothing outside it is touched
 * @param more variables of its environment; where `PATH` is one of them, it comes before ours
 */
export function openVfm(home: string, more: Readonly<Record<string, string>> = {}): Vfm {
  const path = [more["PATH"], dirname(process.execPath), process.env["PATH"]];
  const env = {
    ...process.env,
    ...more,
    VFM_HOME: home,
    NO_COLOR: "1",
    PATH: path.filter((part) => part !== undefined).join(delimiter),
  };
  const host = createHost({ env });
  const run: Vfm["run"] = (args, options = {}) =>
    host.runner.run(process.execPath, [VFM, ...args], {
      timeoutMs: COMMAND_TIMEOUT_MS,
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  const ok: Vfm["ok"] = async (...args) => {
    const result = await run(args);
    if (result.exitCode === 0) return result.stdout.trimEnd();
    throw new Error(
      `vfm ${args.join(" ")} exited with ${result.exitCode}:\n${result.stdout}${result.stderr}`,
    );
  };
  return {
    host,
    home,
    entry: VFM,
    env,
    run,
    ok,
    json: async <T>(...args: readonly string[]) =>
      JSON.parse(await ok("--json", "--quiet", ...args)) as T,
  };
}

/** The root of the repository. */
export const REPOSITORY: string = join(dirname(VFM), "../../..");
