import type { LastStart } from "./last-start.js";

/** One bar of the waterfall: a step from the end of the one before it to its own. */
export interface Bar {
  readonly label: string;
  /** Milliseconds since the start began. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** Steps as a person thinks of them, by the event that ends each. */
const LABELS: Readonly<Record<string, string>> = {
  "start.helper.ready": "vmnet-helper",
  "start.vfkit.spawned": "start vfkit",
  "start.rest.ready": "vfkit answers",
  "start.vm.running": "machine runs",
  "start.firewall.unblocked": "unblock bootpd",
  "start.lease.found": "boot, DHCP lease",
  "start.ssh.ready": "SSH answers",
  "start.mount.done": "mount",
  "start.rosetta.registered": "Rosetta",
  "start.done": "finish",
  "start.undone": "failed, undone",
};

/** The waterfall of a start: pure. */
export function timelineBars({ events }: LastStart): Bar[] {
  const began = events[0]?.at ?? 0;
  const bars: Bar[] = [];
  let fromMs = 0;
  for (const event of events) {
    const label = LABELS[event.type];
    if (label === undefined) continue;
    const toMs = Math.max(fromMs, event.at - began);
    bars.push({ label, fromMs, toMs });
    fromMs = toMs;
  }
  return bars;
}

const TIME_WIDTH = 9;

/**
 * Draws the bars below each other.
 *
 * @param columns that a line may have
 * @param unicode may block characters be used?
 */
export function drawTimeline(bars: readonly Bar[], columns: number, unicode: boolean): string {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length), 0);
  const width = Math.max(10, Math.min(columns, 100) - labelWidth - TIME_WIDTH - 2);
  const totalMs = Math.max(1, bars.at(-1)?.toMs ?? 1);
  const scale = (ms: number): number => Math.round((ms / totalMs) * width);
  const block = unicode ? "\u2588" : "#";
  const lines = bars.map(({ label, fromMs, toMs }) => {
    const start = Math.min(scale(fromMs), width - 1);
    const length = Math.max(1, scale(toMs) - start);
    const bar = " ".repeat(start) + block.repeat(Math.min(length, width - start));
    return `${label.padEnd(labelWidth)} ${formatMs(toMs - fromMs).padStart(TIME_WIDTH - 1)}  ${bar}`.trimEnd();
  });
  return [
    ...lines,
    `${"all".padEnd(labelWidth)} ${formatMs(totalMs).padStart(TIME_WIDTH - 1)}`,
  ].join("\n");
}

const ROW = 24;
const LEFT = 150;
const BAR_WIDTH = 520;

/** The same as an SVG image, readable on light and dark ground. */
export function timelineSvg(bars: readonly Bar[], title: string): string {
  const totalMs = Math.max(1, bars.at(-1)?.toMs ?? 1);
  const x = (ms: number): number => LEFT + (ms / totalMs) * BAR_WIDTH;
  const height = bars.length * ROW + 56;
  const rows = bars.map(({ label, fromMs, toMs }, index) => {
    const y = 36 + index * ROW;
    const barWidth = Math.max(2, x(toMs) - x(fromMs));
    const after = x(toMs) + 60 > LEFT + BAR_WIDTH ? x(fromMs) - 6 : x(fromMs) + barWidth + 6;
    const anchor = after < x(fromMs) ? "end" : "start";
    return [
      `<text x="${LEFT - 8}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${x(fromMs).toFixed(1)}" y="${y}" width="${barWidth.toFixed(1)}" height="18" rx="2" fill="#2b6cb0"/>`,
      `<text x="${after.toFixed(1)}" y="${y + 14}" text-anchor="${anchor}">${formatMs(toMs - fromMs)}</text>`,
    ].join("\n");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + BAR_WIDTH + 20}" height="${height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#ffffff"/>
<text x="8" y="20" font-weight="bold">${escapeXml(title)}</text>
${rows.join("\n")}
<text x="8" y="${height - 8}">${formatMs(totalMs)} in all</text>
</svg>
`;
}

function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
