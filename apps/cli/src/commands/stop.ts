import type { StopResult } from "@vfkit-machine/driver";
import { forEachMachine, type MachineReport } from "../machines.js";
import { flag, secondsMs } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";

export const stop: Action = async (cli, args, options) => {
  const gracePeriodMs = secondsMs(options, "grace", 30);
  return forEachMachine(cli, args, flag(options, "all"), async (machine) =>
    report(machine.machineName, await machine.stop({ signal: cli.signal, gracePeriodMs })),
  );
};

export const kill: Action = async (cli, args, options) =>
  forEachMachine(cli, args, flag(options, "all"), async (machine) =>
    report(machine.machineName, await machine.kill({ signal: cli.signal })),
  );

function report(name: string, result: StopResult): MachineReport {
  const { outcome, durationMs } = result;
  const text =
    outcome === "already-stopped"
      ? `${name} was stopped already`
      : `${name} is stopped (${outcome}, ${(durationMs / 1000).toFixed(1)} s)`;
  return { text, json: { state: "Stopped", outcome, durationMs: Math.round(durationMs) } };
}
