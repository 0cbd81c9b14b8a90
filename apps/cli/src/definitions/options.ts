import type { ArgumentDefinition, OptionDefinition } from "../command-line/types.js";

/** Options of the program, understood before and after the name of a command. */
export const GLOBAL_OPTIONS: readonly OptionDefinition[] = [
  { name: "json", summary: "results as JSON on stdout, events as JSON lines on stderr" },
  { name: "quiet", short: "q", summary: "no progress" },
  { name: "debug", summary: "say what is done inside, with stacks of errors" },
  {
    name: "store",
    value: "DIR",
    summary: "where machines are kept",
    default: "$VFM_HOME, else ~/.vfm",
    complete: "directory",
  },
  { name: "help", short: "h", summary: "explain a command" },
  { name: "version", short: "V", summary: "print the version" },
];

export const ALL: OptionDefinition = { name: "all", short: "a", summary: "every machine" };

export const GRACE: OptionDefinition = {
  name: "grace",
  value: "SECONDS",
  summary: "time that the guest has before the power is cut",
  default: "30",
  complete: "nothing",
};

export const TIMEOUT: OptionDefinition = {
  name: "timeout",
  value: "SECONDS",
  summary: "give up when SSH does not answer by then",
  default: "300",
  complete: "nothing",
};

export const NAMES: readonly ArgumentDefinition[] = [
  { name: "names", repeats: true, complete: "machine" },
];

export const NAME: readonly ArgumentDefinition[] = [{ name: "name", complete: "machine" }];
