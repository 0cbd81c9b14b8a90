import type { CommandDefinition } from "../command-line/types.js";
import { careCommands } from "./care.js";
import { create } from "./create.js";
import { enterCommands } from "./enter.js";
import { lifeCommands } from "./life.js";
import { lookCommands } from "./look.js";

export { GLOBAL_OPTIONS } from "./options.js";

/** The commands, as the help groups them. */
export const COMMAND_GROUPS: readonly (readonly [string, readonly CommandDefinition[]])[] = [
  ["Machines", [create, ...lifeCommands]],
  ["What they do", lookCommands],
  ["Inside", enterCommands],
  ["This computer", careCommands],
];

/** Every command. Parsing, help, completion, the reference and the manual page are made from this. */
export const COMMANDS: readonly CommandDefinition[] = COMMAND_GROUPS.flatMap(
  ([, members]) => members,
);
