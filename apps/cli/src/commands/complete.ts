import { listMachines } from "@vfkit-machine/driver/list";
import { homedir } from "node:os";
import { completeWords } from "../command-line/complete.js";
import { COMMANDS, GLOBAL_OPTIONS } from "../definitions/index.js";
import { EXIT } from "../exit-codes.js";
import { chooseStoreDir } from "../store-dir.js";
import type { Terminal } from "../terminal.js";

/** Answers the completion scripts: a line that says what kind of answer it is, then a word a line. */
export async function printOffer(terminal: Terminal, typed: readonly string[]): Promise<number> {
  const at = typed.indexOf("--store");
  // The shell has not replaced it yet.
  const given = typed[at < 0 ? -1 : at + 1]?.replace(/^~(?=\/|$)/, () => homedir());
  const machines = async (): Promise<readonly string[]> =>
    (await listMachines({ storeDir: chooseStoreDir(given) })).map(({ name }) => name);
  const { kind, words } = await completeWords(typed, COMMANDS, GLOBAL_OPTIONS, machines);
  const lines = words.map(([word, meaning]) => (meaning === "" ? word : `${word}\t${meaning}`));
  terminal.result([`:${kind}`, ...lines].join("\n"));
  return EXIT.ok;
}
