import { forEachMachine } from "../machines.js";
import { flag, secondsMs } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";

export const start: Action = async (cli, args, options) => {
  const timeoutMs = secondsMs(options, "timeout", 300);
  return forEachMachine(cli, args, flag(options, "all"), async (machine) => {
    await machine.start({ signal: cli.signal, sudo: cli.sudo, timeoutMs });
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
