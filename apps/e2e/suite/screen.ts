import type { CommandResult, Host } from "@vfkit-machine/host";
import { join } from "node:path";

/** A terminal of 80 x 24 with somebody at its keys: tmux, so what is on it is what a person sees. */
export interface Screen extends AsyncDisposable {
  /** Types a text as it is. */
  type(text: string): Promise<void>;
  /** Presses keys, named as tmux does: `Tab`, `Enter`, `C-c`. */
  press(...keys: readonly string[]): Promise<void>;
  /** What is shown, without the spaces at the ends of lines and the empty lines below. */
  text(): Promise<string>;
}

/**
 * @param directory absolute and short: tmux has its socket there
 * @param command a line for sh
 */
export async function openScreen(
  host: Host,
  directory: string,
  command: string,
  options: {
    readonly cwd: string;
    readonly env: Readonly<Record<string, string | undefined>>;
  },
): Promise<Screen> {
  const run = async (...args: readonly string[]): Promise<CommandResult> => {
    const argv = ["-S", join(directory, "screen"), "-f", "/dev/null", ...args];
    const env = { ...options.env, LC_ALL: "C.UTF-8", TMUX: undefined };
    const result = await host.runner.run("tmux", argv, { env, timeoutMs: 20_000 });
    if (result.exitCode !== 0) throw new Error(`tmux ${args.join(" ")}: ${result.stderr}`);
    return result;
  };
  await run("new-session", "-d", "-x", "80", "-y", "24", "-c", options.cwd, command);
  return {
    type: async (text) => void (await run("send-keys", "-l", text)),
    press: async (...keys) => void (await run("send-keys", ...keys)),
    text: async () =>
      (await run("capture-pane", "-p", "-J")).stdout.replaceAll(/ +$/gm, "").trimEnd(),
    [Symbol.asyncDispose]: async () => void (await run("kill-server")),
  };
}
