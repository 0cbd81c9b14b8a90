import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createLineSplitter, formatQmpCommand, parseQmpMessage } from "./qmp-messages.js";

describe("parseQmpMessage", () => {
  test("tells QEMU's messages apart", () => {
    expect(parseQmpMessage('{"QMP":{"version":{},"capabilities":["oob"]}}')).toEqual({
      kind: "greeting",
    });
    expect(parseQmpMessage('{"timestamp":{},"event":"SHUTDOWN","data":{"guest":true}}')).toEqual({
      kind: "event",
      event: "SHUTDOWN",
      data: { guest: true },
    });
    expect(parseQmpMessage('{"event":"STOP"}')).toEqual({ kind: "event", event: "STOP", data: {} });
    expect(parseQmpMessage('{"return":{},"id":7}')).toEqual({ kind: "return", id: 7, value: {} });
    expect(parseQmpMessage('{"id":8,"error":{"class":"GenericError","desc":"no"}}')).toEqual({
      kind: "error",
      id: 8,
      description: "no",
    });
  });

  test.each(["", "null", "[]", "1", "{", "{}", '{"error":1}', '{"event":1}'])(
    "%s is unknown",
    (line) => {
      expect(parseQmpMessage(line)).toEqual({ kind: "unknown", line });
    },
  );

  test("never throws", () => {
    const lines = fc.oneof(fc.string(), fc.json());
    expect(() => fc.assert(fc.property(lines, (line) => void parseQmpMessage(line)))).not.toThrow();
  });
});

test("a command is one line of JSON", () => {
  expect(formatQmpCommand(1, "stop")).toBe('{"execute":"stop","id":1}\n');
  expect(formatQmpCommand(2, "x", { a: "\n" })).toBe(
    '{"execute":"x","arguments":{"a":"\\n"},"id":2}\n',
  );
});

function split(text: string, sizes: readonly number[], maxLineBytes?: number): string[] {
  const lines: string[] = [];
  const push = createLineSplitter((line) => lines.push(line), maxLineBytes);
  const bytes = Buffer.from(text);
  let offset = 0;
  for (let turn = 0; offset < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return lines;
}

describe("createLineSplitter", () => {
  test("gives the same lines however the bytes are cut", () => {
    const lines = fc.array(
      fc.string({ unit: "grapheme" }).map((text) => text.replace(/[\r\n]/g, "")),
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    fc.assert(
      fc.property(lines, sizes, fc.constantFrom("\n", "\r\n"), (wanted, cuts, end) => {
        expect(split(wanted.map((line) => line + end).join(""), cuts)).toEqual(wanted);
      }),
    );
  });

  test("cuts a line that is too long, and finds its way back", () => {
    expect(split("abcdefgh\nij\n", [3], 5)).toEqual(["abcde", "fgh", "ij"]);
    expect(split("abcde\nf\n", [100], 5)).toEqual(["abcde", "f"]);
    expect(split("abcdef", [100], 5)).toEqual(["abcde"]);
  });
});
