#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { errorToJson, renderError } from "./render-error.js";
import { EXIT, exitCodeOf } from "./exit-codes.js";
import { runProgram } from "./program.js";
import { openTerminal } from "./terminal.js";

const terminal = openTerminal(process);
const interrupt = new AbortController();
let interruptedBy: number | undefined;

for (const [signal, code] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", EXIT.terminated],
] as const) {
  process.on(signal, () => {
    // The second one does not wait for the clean-up.
    if (interruptedBy !== undefined) process.exit(code);
    interruptedBy = code;
    interrupt.abort(new Error(signal));
  });
}

// `vfm list | head` is not an error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok);
  throw error;
});

try {
  process.exitCode = await runProgram(process.argv.slice(2), {
    terminal,
    signal: interrupt.signal,
    stdinIsTty: process.stdin.isTTY,
    version: readVersion(),
  });
  if (interruptedBy !== undefined) process.exitCode = interruptedBy;
} catch (error) {
  process.exitCode = interruptedBy ?? exitCodeOf(error);
  if (process.argv.includes("--json")) terminal.result(JSON.stringify(errorToJson(error)));
  terminal.note(renderError(terminal, error, process.argv.includes("--debug")));
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  );
  const { version } = manifest as { readonly version: string };
  return version;
}
