import { findCommand } from "../command-line/parse.js";
import type { Action } from "../command-line/types.js";
import { COMMANDS } from "../definitions/index.js";
import { EXIT } from "../exit-codes.js";
import { helpFor } from "../program.js";

export const help: Action = async (cli, [name]) => {
  cli.terminal.result(await helpFor(name === undefined ? undefined : findCommand(name, COMMANDS)));
  return EXIT.ok;
};
