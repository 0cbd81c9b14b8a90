import { stripControlCharacters } from "@vfkit-machine/host/text";
import type { CliEvent } from "./events.js";
import { describeStep, type Step } from "./steps.js";
import { style, type Terminal } from "./terminal.js";

/** Shows what the driver does, on stderr. */
export interface Reporter {
  readonly onEvent: (event: CliEvent) => void;
  /** Takes the unfinished line away, so that something else can be written. */
  readonly end: () => void;
}

export interface ReporterOptions {
  /** Every event as one line of JSON instead of text. */
  readonly json: boolean;
  /** Begin each line with the machine's name: for work on several at once. */
  readonly named: boolean;
  readonly quiet: boolean;
}

export async function createReporter(
  terminal: Terminal,
  options: ReporterOptions,
): Promise<Reporter> {
  if (options.json) {
    return { onEvent: (event) => terminal.note(JSON.stringify(event)), end: () => {} };
  }
  if (options.quiet) return { onEvent: () => {}, end: () => {} };
  if (!terminal.interactive || options.named) return createLineReporter(terminal, options.named);
  // Only here: a script never pays for loading it.
  const { createSpinnerReporter } = await import("./spinner-reporter.js");
  return createSpinnerReporter(terminal);
}

function createLineReporter(terminal: Terminal, named: boolean): Reporter {
  return {
    onEvent: (event) => {
      const step = describeStep(event);
      const line = step === undefined ? undefined : lineOf(terminal, step);
      if (line !== undefined) terminal.note(`${named ? `${event.machine}: ` : ""}${line}`);
    },
    end: () => {},
  };
}

/** The line that stays once a step is over. */
export function lineOf(terminal: Terminal, step: Step): string | undefined {
  if (step.warning !== undefined) {
    return style(terminal, "yellow", `! ${stripControlCharacters(step.warning)}`);
  }
  if (step.done === undefined) return undefined;
  return `${style(terminal, "green", "+")} ${stripControlCharacters(step.done)}`;
}
