import { listMachines } from "@vfkit-machine/driver/list";
import { storeDirOf } from "../cli-context.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { EXIT } from "../exit-codes.js";
import { writeList } from "../list-output.js";

export const list: Action = async (cli, _args, options) => {
  const { terminal, globals, signal } = cli;
  const machines = await listMachines({ storeDir: storeDirOf(cli), signal });
  writeList(terminal, machines, { json: globals.json, names: flag(options, "names") });
  for (const { name, error } of machines) {
    if (error === undefined || globals.json) continue;
    const { stripControlCharacters } = await import("@vfkit-machine/host/text");
    terminal.note(`warning: ${name}: ${stripControlCharacters(error)}`);
  }
  return EXIT.ok;
};
