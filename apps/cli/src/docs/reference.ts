import { optionSummary, optionTerm, usageOf } from "../command-line/help.js";
import type { CommandDefinition, OptionDefinition } from "../command-line/types.js";
import { COMMAND_GROUPS, GLOBAL_OPTIONS } from "../definitions/index.js";

const HEAD = `# vfm

<!-- Written by \`pnpm --filter vfkit-machine docs\` from the table that the program itself uses. -->

The name of a machine defaults to \`default\`. Where several names are allowed, all are worked on at
once; \`-a\`, \`--all\` means every machine. Sizes carry their unit: \`4GiB\` is 4096 MiB, \`20GB\` is
20 000 000 000 bytes; a bare number is refused.`;

const EXIT_CODES = `## Exit codes

| exit code | means |
| --- | --- |
| 0 | ok |
| 1 | failure |
| 2 | wrong use of the command line |
| 3 | a check before \`create\` failed; nothing was made |
| 4 | no such machine |
| 5 | the machine is busy: another command works on it |
| 6 | \`vfm doctor\` has warnings and nothing worse |
| 130, 143 | interrupted by Ctrl-C, by SIGTERM |

\`vfm ssh\` exits with the exit code of the command in the guest, 255 when \`ssh\` itself fails.

## JSON

With \`--json\` a result is JSON on stdout, as the schema of the command says, an error is
[error.json](schemas/error.json) on stdout, and every step is one line of
[event.json](schemas/event.json) on stderr, where nothing else is written. [machine.json](schemas/machine.json) describes the file of
\`vfm create --file\`.`;

/** The reference of every command, as Markdown. */
export function referenceMarkdown(): string {
  const groups = COMMAND_GROUPS.map(
    ([title, commands]) => `## ${title}\n\n${commands.map(section).join("\n\n")}`,
  );
  const globals = `## Options of every command\n\n${optionTable(GLOBAL_OPTIONS)}`;
  return `${[HEAD, ...groups, globals, EXIT_CODES].join("\n\n")}\n`;
}

function section(command: CommandDefinition): string {
  const { name, aliases = [], summary, description, options = [], examples, schema } = command;
  const also =
    aliases.length === 0 ? "" : ` Also: ${aliases.map((each) => `\`vfm ${each}\``).join(", ")}.`;
  const parts = [
    `### vfm ${name}`,
    `\`\`\`\n${usageOf(command)}\n\`\`\``,
    `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.${also}`,
  ];
  if (description !== undefined)
    parts.push(
      description.includes("\n   ") || /^\S+ {2,}/m.test(description)
        ? `\`\`\`text\n${description}\n\`\`\``
        : description,
    );
  if (options.length > 0) parts.push(optionTable(options));
  parts.push(`\`\`\`sh\n${examples.join("\n")}\n\`\`\``);
  if (schema !== undefined) parts.push(`\`--json\`: [${schema}.json](schemas/${schema}.json)`);
  return parts.join("\n\n");
}

function optionTable(options: readonly OptionDefinition[]): string {
  const rows = options.map(
    (option) => `| \`${optionTerm(option)}\` | ${optionSummary(option).replaceAll("|", "\\|")} |`,
  );
  return ["| option | meaning |", "| --- | --- |", ...rows].join("\n");
}
