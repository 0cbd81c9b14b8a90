#!/usr/bin/env node
import { createHost } from "@vfkit-machine/host";
import { runCommand } from "./command.js";

// Who started us may have stopped reading: that must not end a machine.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

process.exitCode = await runCommand(createHost(), process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  onStopSignal: (handler) => {
    process.on("SIGTERM", () => handler("terminated"));
    process.on("SIGINT", () => handler("interrupt"));
  },
});
