import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatProcessRecord, parseProcessRecord } from "./process-record.js";

const record = fc.record({
  pid: fc.integer({ min: 1, max: 2 ** 31 }),
  startTime: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  socket: fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
  startedAt: fc.option(fc.nat(), { nil: undefined }),
  ip: fc.option(fc.ipV4(), { nil: undefined }),
});

describe("the record of a process", () => {
  it("comes back as it was written, whatever its texts hold", () => {
    fc.assert(
      fc.property(record, (written) => {
        expect(parseProcessRecord(formatProcessRecord(written))).toEqual(written);
      }),
    );
  });

  it("has the pid alone in its first line, for other people's tools", () => {
    const written = { pid: 42, startTime: "7", socket: "/s", startedAt: 1, ip: undefined };
    expect(formatProcessRecord(written)).toMatch(/^42\n\{.*\}\n$/);
  });

  it("never throws, and never makes up a pid", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const pid = parseProcessRecord(text)?.pid ?? "";
        expect(text.trimStart().startsWith(String(pid))).toBe(true);
      }),
    );
  });

  it.each(["", "\n", "abc", "0", "-1", "1.5", "0x10", "12345678901", "1 2"])(
    "%j holds none",
    (text) => {
      expect(parseProcessRecord(text)).toBeUndefined();
    },
  );

  it("of a bare pid knows the pid; of odd details, nothing odd", () => {
    const unknown = {
      startTime: undefined,
      socket: undefined,
      startedAt: undefined,
      ip: undefined,
    };
    expect(parseProcessRecord("42")).toEqual({ pid: 42, ...unknown });
    const odd = '42\n{"startTime":7,"socket":"","startedAt":"x","ip":"$(reboot)"}';
    expect(parseProcessRecord(odd)).toEqual({ pid: 42, ...unknown });
  });
});
