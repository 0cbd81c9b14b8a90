import { expect, test } from "vitest";
import { formatLogrusLine, formatRequestLine } from "./log-format.js";
import { createLogger } from "./log.js";

const AT = Date.UTC(2026, 10, 22, 2, 3, 4, 567);

test.each([
  ["ready", "msg=ready"],
  ["VM is stopped", 'msg="VM is stopped"'],
  ["\tvCPUs: 1", String.raw`msg="\tvCPUs: 1"`],
  ['a "b"\n', String.raw`msg="a \"b\"\n"`],
  ["", "msg="],
])("logrus line of %j", (message, end) => {
  expect(formatLogrusLine(AT, "info", message)).toBe(
    `time="2026-11-22T02:03:04Z" level=info ${end}\n`,
  );
});

test.each([
  [0.0575, "        57.5µs"],
  [1.25, "        1.25ms"],
  [2500, "          2.5s"],
])("gin line of a request of %f ms", (durationMs, column) => {
  const request = { status: 202, clientAddress: "", method: "POST", path: "/vm/state" };
  expect(formatRequestLine(AT, { ...request, durationMs })).toBe(
    `[GIN] 2026/11/22 - 02:03:04 | 202 |${column} |                 | POST     "/vm/state"\n`,
  );
});

test.each([
  [undefined, ["info", "warning", "error", "fatal"]],
  ["debug", ["debug", "info", "warning", "error", "fatal"]],
  ["error", ["error", "fatal"]],
] as const)("at --log-level %s", (level, written) => {
  const lines: string[] = [];
  const logger = createLogger(level, (line) => lines.push(line));
  for (const name of ["debug", "info", "warn", "error", "fatal"] as const) logger[name]("x");
  expect(lines.map((line) => /level=(\w+)/.exec(line)?.[1])).toEqual(written);
});
