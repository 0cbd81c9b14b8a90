import * as fc from "fast-check";
import { expect, it } from "vitest";
import { parseHelperRecord } from "./record.js";

it("reads back what was written", () => {
  const record = fc.record({
    pid: fc.integer({ min: 1 }),
    startTime: fc.string({ minLength: 1 }),
    socketPath: fc.string().map((text) => `/${text}`),
  });
  fc.assert(
    fc.property(record, (value) => {
      expect(parseHelperRecord(JSON.stringify(value))).toEqual(value);
    }),
  );
});

it.each([
  "",
  "123",
  "null",
  "{",
  '{"pid":0,"startTime":"1","socketPath":"/s"}',
  '{"pid":1.5,"startTime":"1","socketPath":"/s"}',
  '{"pid":"1","startTime":"1","socketPath":"/s"}',
  '{"pid":1,"startTime":"","socketPath":"/s"}',
  '{"pid":1,"startTime":"1","socketPath":"s"}',
])("takes %j for none", (text) => {
  expect(parseHelperRecord(text)).toBeUndefined();
});
