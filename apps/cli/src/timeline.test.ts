import { describe, expect, it } from "vitest";
import type { LastStart } from "./last-start.js";
import { drawTimeline, timelineBars, timelineSvg } from "./timeline.js";

const at = (type: string, ms: number): LastStart["events"][number] =>
  ({ type, machine: "c1", at: 1000 + ms, elapsedMs: ms, data: {} }) as LastStart["events"][number];

const START: LastStart = {
  schemaVersion: 1,
  machine: "c1",
  outcome: "started",
  events: [
    at("start.started", 0),
    at("start.vfkit.spawned", 100),
    at("start.lease.waiting", 150),
    at("start.lease.found", 900),
    at("start.ssh.ready", 1000),
    at("start.done", 1000),
  ],
};

describe("the timeline", () => {
  it("has a bar for each step, each beginning where the one before it ended", () => {
    expect(timelineBars(START)).toEqual([
      { label: "start vfkit", fromMs: 0, toMs: 100 },
      { label: "boot, DHCP lease", fromMs: 100, toMs: 900 },
      { label: "SSH answers", fromMs: 900, toMs: 1000 },
      { label: "finish", fromMs: 1000, toMs: 1000 },
    ]);
  });

  it("is drawn within the terminal, in ASCII where it must", () => {
    expect(drawTimeline(timelineBars(START), 48, false)).toBe(
      [
        "start vfkit        100 ms  ##",
        "boot, DHCP lease   800 ms    #################",
        "SSH answers        100 ms                     ##",
        "finish               0 ms                      #",
        "all                 1.0 s",
      ].join("\n"),
    );
    for (const columns of [20, 40, 80, 300]) {
      const lines = drawTimeline(timelineBars(START), columns, true).split("\n");
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(
        Math.max(columns, 40),
      );
    }
  });

  it("is drawn as SVG, with what is in a name escaped", () => {
    const svg = timelineSvg(timelineBars(START), "a<b & c");
    expect(svg).toContain("a&lt;b &amp; c");
    expect(svg.match(/<rect /g)).toHaveLength(5);
  });
});
