import { decideState } from "@vfkit-machine/driver";
import { readFileSync } from "node:fs";

const PROGRESS = { "starts it": "start", "stops it": "stop", "": undefined };
const AGE_MS = { yes: [0, 9_999], no: [10_000, undefined], "": [0, 10_000, undefined] };

/** Holds the first table of states.md to the code: each row's facts must give the row's state. */
export function checkStates(path) {
  const table = /\| process of ours[^]*?\n\n/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
  const rows = table.trim().split("\n").slice(2);
  if (rows.length < 10) throw new Error(`${path}: the table of states is not where it was`);
  for (const row of rows) {
    const [process, command, said, young, state] = row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll("`", ""));
    for (const rest of answersOf(said)) {
      for (const ageMs of AGE_MS[young]) {
        const facts = { alive: process === "lives", rest, inProgress: PROGRESS[command], ageMs };
        const decided = decideState(facts);
        if (decided === state) continue;
        throw new Error(`${path}: ${JSON.stringify(facts)} is ${decided}, not ${state}`);
      }
    }
  }
}

function answersOf(said) {
  if (said === "nothing" || said === "") return [undefined];
  return said === "anything else" ? ["Hibernating"] : said.split(", ");
}
