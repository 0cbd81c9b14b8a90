import { describe, expect, it } from "vitest";
import { COMMANDS, GLOBAL_OPTIONS } from "../definitions/index.js";
import { completeWords } from "./complete.js";

async function offered(...typed: readonly string[]): Promise<string> {
  const offer = await completeWords(typed, COMMANDS, GLOBAL_OPTIONS, async () => ["c1", "c2"]);
  return offer.kind === "words" ? offer.words.map(([word]) => word).join(" ") : offer.kind;
}

describe("completeWords", () => {
  it.each([
    [["st"], "start stop status"],
    [["stop", ""], "c1 c2"],
    [["stop", "c1", ""], "c2"],
    [["ip", "c1", ""], ""],
    [["create", "--net"], "--network"],
    [["create", "--network", ""], "nat vmnet-shared"],
    [["create", "--network", "v"], "vmnet-shared"],
    [["create", "--iso", ""], "files"],
    [["--store", ""], "directories"],
    [["--store", "/s", "li"], "list"],
    [["ssh", "c"], "c1 c2"],
    [["ssh", "c1", "--"], "files"],
    [["completion", "f"], "fish"],
    [["nonsense", ""], COMMANDS.map(({ name }) => name).join(" ")],
  ])("%j", async (typed, words) => {
    expect(await offered(...typed)).toBe(words);
  });
});
