import { stripControlCharacters } from "@vfkit-machine/host/text";
import ora from "ora";
import { lineOf, type Reporter } from "./reporter.js";
import { describeStep } from "./steps.js";
import { style, type Terminal } from "./terminal.js";

/** One line that moves for what goes on, one line that stays, with its time, for what is done. */
export function createSpinnerReporter(terminal: Terminal): Reporter {
  const spinner = ora({
    stream: process.stderr,
    discardStdin: false,
    // Its own guesses are not ours: it colours with NO_COLOR, and takes any xterm for UTF-8.
    color: terminal.colour ? "cyan" : false,
    spinner: terminal.unicode ? "dots" : "line",
  });
  let lastMs: number | undefined;
  return {
    onEvent: (event) => {
      const step = describeStep(event);
      if (step === undefined) return;
      const line = lineOf(terminal, step);
      if (line !== undefined) {
        spinner.stop();
        const tookMs = event.at - (lastMs ?? event.at - event.elapsedMs);
        terminal.note(`${line}${style(terminal, "dim", formatTook(tookMs))}`);
        lastMs = event.at;
      }
      if (step.next !== undefined) spinner.start(stripControlCharacters(step.next));
    },
    end: () => void spinner.stop(),
  };
}

function formatTook(ms: number): string {
  return ms < 100 ? "" : ` ${(ms / 1000).toFixed(1)} s`;
}
