import type { Machine } from "@vfkit-machine/driver";
import { writeFile } from "node:fs/promises";
import type { CliContext } from "../cli-context.js";
import { flag, text } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { UsageError } from "../exit-codes.js";
import { readLastStart } from "../last-start.js";
import { forEachMachine, type MachineReport } from "../machines.js";
import { drawTimeline, timelineBars, timelineSvg } from "../timeline.js";

export const status: Action = async (cli, args, options) => {
  const all = flag(options, "all");
  const several = all || args.length > 1;
  const timeline = flag(options, "timeline");
  const svg = text(options, "svg");
  if (svg !== undefined && !timeline) {
    throw new UsageError("--svg draws the timeline", "Add --timeline.");
  }
  if (svg !== undefined && several) throw new UsageError("--svg draws one machine", "Name one.");
  return forEachMachine(cli, args, all, async (machine) => {
    const state = await machine.getState({ signal: cli.signal });
    const line = several ? `${machine.machineName}: ${state}` : state;
    if (!timeline) return { text: line, json: { state } };
    return withTimeline(cli, machine, { state, line, svg });
  });
};

async function withTimeline(
  { terminal }: CliContext,
  { machineName, directory }: Machine,
  { state, line, svg }: { state: string; line: string; svg: string | undefined },
): Promise<MachineReport> {
  const start = readLastStart(directory, machineName);
  const bars = timelineBars(start);
  const startedAt = new Date(start.events[0]?.at ?? 0).toISOString();
  const title = `last start of ${machineName}, ${startedAt} (${start.outcome})`;
  if (svg !== undefined) await writeFile(svg, timelineSvg(bars, title));
  const drawing = drawTimeline(bars, terminal.columns, terminal.unicode);
  return {
    text: `${line}\n${title}\n${drawing}`,
    json: { state, lastStart: { startedAt, outcome: start.outcome, steps: bars } },
  };
}
