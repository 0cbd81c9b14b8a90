import { isMachineError } from "@vfkit-machine/host";
import { forEachMachine } from "../machines.js";
import { flag, secondsMs } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";

export const start: Action = async (cli, args, options) => {
  const timeoutMs = secondsMs(options, "timeout", 300);
  const all = flag(options, "all");
  return forEachMachine(cli, args, all, async (machine) => {
    try {
      await machine.start({ signal: cli.signal, sudo: cli.sudo, timeoutMs });
    } catch (error) {
      // Of all machines some may run: that is what was asked for.
      if (!all || !isMachineError(error, "ERR_ALREADY_RUNNING")) throw error;
    }
    const ip = await machine.getIP();
    return { text: `${machine.machineName} is running at ${ip}`, json: { state: "Running", ip } };
  });
};

export const restart: Action = async (cli, args, options) => {
  const timeoutMs = secondsMs(options, "timeout", 300);
  const gracePeriodMs = secondsMs(options, "grace", 30);
  return forEachMachine(cli, args, flag(options, "all"), async (machine) => {
    const stopped = await machine.restart({
      signal: cli.signal,
      sudo: cli.sudo,
      timeoutMs,
      gracePeriodMs,
    });
    const ip = await machine.getIP();
    return {
      text: `${machine.machineName} is running at ${ip}`,
      json: { state: "Running", ip, stopOutcome: stopped.outcome },
    };
  });
};
