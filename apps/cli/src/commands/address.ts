import { EXIT } from "../exit-codes.js";
import { openNamed } from "../open-named.js";
import type { Action } from "../command-line/types.js";

export const ip: Action = async (cli, args) => {
  const address = await (await openNamed(cli, args[0])).getIP({ signal: cli.signal });
  cli.terminal.result(cli.globals.json ? JSON.stringify({ ip: address }) : address);
  return EXIT.ok;
};

export const url: Action = async (cli, args) => {
  const address = await (await openNamed(cli, args[0])).getURL({ signal: cli.signal });
  cli.terminal.result(cli.globals.json ? JSON.stringify({ url: address }) : address);
  return EXIT.ok;
};
