#!/usr/bin/env node
import * as nodeModule from "node:module";
import { runFastLane } from "./fast-lane.js";
import { openTerminal } from "./terminal.js";

// Node.js 22.8 and later keep compiled code between runs; 20 has no such function.
if ("enableCompileCache" in nodeModule) (nodeModule.enableCompileCache as () => void)();

/** 128 and the number of the signal, as shells report it. */
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143 } as const;

const terminal = openTerminal(process);
const interrupt = new AbortController();
let interruptedBy: number | undefined;

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    const exitCode = EXIT_BY_SIGNAL[signal];
    if (interruptedBy !== undefined) endAtOnce(signal);
    interruptedBy = exitCode;
    interrupt.abort(new Error(signal));
  });
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  try {
    await report(error);
  } catch (failure) {
    // No room for the answer, or no more files may be opened, this program's own among them.
    process.exitCode ??= 1;
    for (const each of new Set([error, failure])) {
      terminal.note(`error: ${each instanceof Error ? each.message : String(each)}`);
    }
  }
}
// What was done by the time that the signal came is done, and nothing of it was undone.
if (interruptedBy !== undefined && process.exitCode !== 0) process.exitCode = interruptedBy;

async function run(argv: readonly string[]): Promise<number> {
  const fast = await runFastLane(argv, terminal);
  if (fast !== undefined) return fast;
  const { runProgram } = await import("./program.js");
  return runProgram(argv, { terminal, signal: interrupt.signal });
}

/**
 * The second Ctrl-C does not wait for the clean-up. Nor does it exit: Node.js would wait for a thread
 * that reads a FIFO into which nobody writes.
 */
function endAtOnce(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

async function report(error: unknown): Promise<void> {
  const { exitCodeOf } = await import("./exit-codes.js");
  const { errorToJson, renderError } = await import("./render-error.js");
  process.exitCode = exitCodeOf(error);
  const debug = process.argv.includes("--debug");
  if (process.argv.includes("--json")) {
    terminal.result(JSON.stringify(errorToJson(error, debug)));
  } else terminal.note(renderError(terminal, error, debug));
}
