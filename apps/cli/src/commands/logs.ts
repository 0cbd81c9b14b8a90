import { MachineError, systemErrorCode } from "@vfkit-machine/host";
import { join } from "node:path";
import { flag, wholeNumber } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { followFile } from "../follow-file.js";
import { openNamed } from "../open-named.js";

const FILES = { serial: "serial.log", vfkit: "vfkit.log", helper: "vmnet-helper.log" } as const;

export const logs: Action = async (cli, args, options) => {
  const asked = (["serial", "vfkit", "helper"] as const).filter((each) => flag(options, each));
  if (asked.length > 1) {
    throw new UsageError(`--${asked.join(" and --")}: one log at a time`, "Leave one out.");
  }
  const [which = "serial"] = asked;
  const lines = wholeNumber(options, "lines");
  const machine = await openNamed(cli, args[0]);
  const path = join(machine.directory, FILES[which]);
  try {
    await followFile(path, {
      lines,
      follow: flag(options, "follow"),
      signal: cli.signal,
      write: (bytes) => cli.terminal.raw(bytes),
    });
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new MachineError(`${machine.machineName} has no log of this kind yet: ${path}`, {
      code: "ERR_NO_LOG",
      hint:
        which === "helper"
          ? "Only machines on vmnet-shared have one."
          : `It is written when the machine starts: vfm start ${machine.machineName}`,
      cause: error,
    });
  }
  return cli.signal.aborted ? EXIT.interrupted : EXIT.ok;
};
