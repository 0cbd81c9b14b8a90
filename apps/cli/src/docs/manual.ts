import { optionSummary, optionTerm, usageOf } from "../command-line/help.js";
import type { CommandDefinition, OptionDefinition } from "../command-line/types.js";
import { COMMAND_GROUPS, GLOBAL_OPTIONS } from "../definitions/index.js";

/** The manual page, in the macros of man(7). */
export function manualPage(): string {
  const commands = COMMAND_GROUPS.flatMap(([title, members]) =>
    [`.SS ${roff(title)}`].concat(members.flatMap(commandLines)),
  );
  return [
    '.TH VFM 1 "" "vfkit-machine" "User Commands"',
    ".SH NAME",
    `vfm ${roff("-")} Linux machines on macOS, through vfkit`,
    ".SH SYNOPSIS",
    ".B vfm",
    String.raw`\fICOMMAND\fR [\fIarguments\fR] [\fIoptions\fR]`,
    ".SH DESCRIPTION",
    "Makes, starts, stops and removes Linux machines. A machine without a name is called",
    ".BR default .",
    "Results go to standard output, everything else to standard error.",
    ".SH COMMANDS",
    ...commands,
    ".SH OPTIONS",
    ...GLOBAL_OPTIONS.flatMap(optionLines),
    ".SH EXIT STATUS",
    ...EXIT_STATUS.flatMap(([code, means]) => [".TP", `.B ${code}`, roff(means)]),
    ".SH ENVIRONMENT",
    ...ENVIRONMENT.flatMap(([name, means]) => [".TP", `.B ${name}`, roff(means)]),
    ".SH FILES",
    ".TP",
    ".I ~/.vfm",
    "Machines, and the ISOs that were downloaded.",
    ".SH SEE ALSO",
    ".BR ssh (1)",
    "",
  ].join("\n");
}

const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ["0", "Success."],
  ["1", "Failure."],
  ["2", "Wrong use of the command line."],
  ["3", "A check before create failed; nothing was made."],
  ["4", "No such machine."],
  ["5", "The machine is busy: another command works on it."],
  ["6", "vfm doctor has warnings and nothing worse."],
  ["130, 143", "Interrupted by Ctrl-C, by SIGTERM."],
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["VFM_HOME", "Where machines are kept, instead of ~/.vfm."],
  ["NO_COLOR", "No colours."],
  ["CI", "Nothing moves."],
  ["HTTPS_PROXY, HTTP_PROXY, NO_PROXY", "The way to the servers that ISOs are downloaded from."],
];

function commandLines(command: CommandDefinition): string[] {
  const { summary, description, options = [], examples } = command;
  return [
    ".TP",
    `.B ${roff(usageOf(command))}`,
    roff(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`),
    ...(description === undefined ? [] : [".RS", ".PP", ".nf", roff(description), ".fi", ".RE"]),
    ...(options.length === 0 ? [] : [".RS", ...options.flatMap(optionLines), ".RE"]),
    ".RS",
    ".PP",
    ".nf",
    ...examples.map((line) => roff(line)),
    ".fi",
    ".RE",
  ];
}

function optionLines(option: OptionDefinition): string[] {
  return [".TP", `.B ${roff(optionTerm(option))}`, roff(optionSummary(option))];
}

/** A hyphen that can be copied, a backslash that stays, and no line that looks like a request. */
function roff(text: string): string {
  return text
    .replaceAll("\\", String.raw`\e`)
    .replaceAll("-", String.raw`\-`)
    .replaceAll(/^([.'])/gm, String.raw`\&$1`);
}
