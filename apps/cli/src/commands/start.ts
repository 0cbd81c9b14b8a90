import { forEachMachine, parseSecondsMs } from "../machines.js";
import type { Action } from "../program.js";

export const start: Action = async (cli, args, options) => {
  const timeoutMs = parseSecondsMs("--timeout", options["timeout"]);
  return forEachMachine(cli, args, options["all"] === true, async (machine) => {
    await machine.start({ signal: cli.signal, sudo: cli.sudo, timeoutMs });
    const ip = await machine.getIP();
    return { text: `${machine.machineName} is running at ${ip}`, json: { state: "Running", ip } };
  });
};

export const restart: Action = async (cli, args, options) => {
  const timeoutMs = parseSecondsMs("--timeout", options["timeout"]);
  const gracePeriodMs = parseSecondsMs("--grace", options["grace"]);
  return forEachMachine(cli, args, options["all"] === true, async (machine) => {
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
