import { openMachine, type Machine } from "@vfkit-machine/driver";
import { driverContext, type CliContext } from "../cli-context.js";
import { EXIT } from "../exit-codes.js";
import { DEFAULT_NAME } from "../machines.js";
import type { Action } from "../program.js";

export const ip: Action = async (cli, args) => {
  const address = await (await open(cli, args)).getIP({ signal: cli.signal });
  cli.terminal.result(cli.globals.json === true ? JSON.stringify({ ip: address }) : address);
  return EXIT.ok;
};

export const url: Action = async (cli, args) => {
  const address = await (await open(cli, args)).getURL({ signal: cli.signal });
  cli.terminal.result(cli.globals.json === true ? JSON.stringify({ url: address }) : address);
  return EXIT.ok;
};

async function open(cli: CliContext, args: readonly string[]): Promise<Machine> {
  const { context } = await driverContext(cli, { named: false });
  return openMachine(args[0] ?? DEFAULT_NAME, context);
}
