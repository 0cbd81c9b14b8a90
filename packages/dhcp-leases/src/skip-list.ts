import { stripControlCharacters } from "@vfkit-machine/host";
import { MAX_SKIPPED } from "./defaults.js";
import { decodeText } from "./fields.js";
import type { SkippedEntry, SkipReason } from "./types.js";

const MAX_TEXT = 80;

/** Collects what was passed over, without growing with what a hostile file holds. */
export class SkipList {
  readonly entries: SkippedEntry[] = [];
  count = 0;
  #outsideEnd = -1;

  /** @param text the text at fault, one character a byte */
  add(reason: SkipReason, line: number, endLine: number, text: string): void {
    this.count += 1;
    if (this.entries.length >= MAX_SKIPPED) return;
    const shown = stripControlCharacters(decodeText(text.slice(0, MAX_TEXT))).trim();
    this.entries.push({ reason, line, endLine, text: shown });
  }

  /** A line in no entry: neighbours become one. */
  addOutside(line: number, text: string): void {
    const continues = this.#outsideEnd === line - 1;
    this.#outsideEnd = line;
    const last = this.entries.at(-1);
    if (!continues) {
      this.add("outside-entry", line, line, text);
    } else if (last?.reason === "outside-entry" && last.endLine === line - 1) {
      this.entries[this.entries.length - 1] = { ...last, endLine: line };
    }
  }
}
