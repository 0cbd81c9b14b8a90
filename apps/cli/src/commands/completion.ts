import { completionScript } from "../command-line/completion-scripts.js";
import type { Action } from "../command-line/types.js";
import { EXIT, UsageError } from "../exit-codes.js";

export const completion: Action = async (cli, [shell = ""]) => {
  const script = completionScript(shell);
  if (script === undefined) {
    throw new UsageError(
      `no completion for ${JSON.stringify(shell)}`,
      "There is one for bash, zsh, fish and powershell.",
    );
  }
  cli.terminal.result(script.trimEnd());
  return EXIT.ok;
};
