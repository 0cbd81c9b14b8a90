import fc from "fast-check";
import { expect, test } from "vitest";
import { acceptedReply, errorReply, readRequest, stateReply } from "./rest-replies.js";

test("the three requests that exist", () => {
  expect(readRequest("GET", "/vm/state", "")).toEqual({ kind: "state" });
  expect(readRequest("GET", "/vm/inspect", "")).toEqual({ kind: "inspect" });
  expect(readRequest("POST", "/vm/state", '{"state":"Stop"}')).toEqual({
    kind: "change",
    change: "Stop",
  });
});

test.each([
  ['{"State":"Pause","x":1}', "Pause"],
  ['{"state":"Stop","STATE":"HardStop"}', "HardStop"],
  // JavaScript's object would have "State" first, where it stood at first.
  ['{"State":"Pause","state":"Stop","State":"HardStop"}', "HardStop"],
  ['{"state":"Stop","state":null}', "Stop"],
  ['{"ſtate":"Stop"}', "Stop"],
  ['{"state":"Stop"}}', "Stop"],
  ['{"state":"Stop"} x', "Stop"],
  ['{"x":["state",{"state":"Pause"}],"state":"Stop"}{"state":"Pause"}', "Stop"],
])("%s is %s, as encoding/json matches keys", (body, change) => {
  expect(readRequest("POST", "/vm/state", body)).toEqual({ kind: "change", change });
});

test.each([
  ["", 400],
  [" ", 400],
  ["{", 400],
  ["[]", 400],
  ['"Stop"', 400],
  ['{"state":1}', 400],
  ['{"state":1,"state":"Stop"}', 400],
  ['{"state":"Stop","state":1}', 400],
  ['{"state":"Stop"', 400],
  ['{"state":"Stop","x":}', 400],
  ['{"\ufb06ate":"Stop"}', 500],
  ["null", 500],
  ["{}", 500],
  ['{"state":""}', 500],
  ['{"state":"stop"}', 500],
  ['{"state":"Start"}', 500],
])("%j is answered %i with a JSON error", (body, status) => {
  const request = readRequest("POST", "/vm/state", body);
  expect(request).toMatchObject({
    kind: "refused",
    reply: { status, contentType: "application/json; charset=utf-8" },
  });
  const { reply } = request as { reply: { body: string } };
  expect(Object.keys(JSON.parse(reply.body) as object)).toEqual(["error"]);
});

test.each([
  ["GET", "/", 404, undefined],
  ["GET", "/vm", 404, undefined],
  ["PUT", "/vm/state", 404, undefined],
  ["POST", "/vm/inspect", 404, undefined],
  ["GET", "/vm/state/", 301, "/vm/state"],
  ["POST", "/vm/state/", 307, "/vm/state"],
])("%s %s is answered %i", (method, path, status, location) => {
  const request = readRequest(method, path, '{"state":"Stop"}');
  expect(request).toMatchObject({ kind: "refused", reply: { status } });
  expect((request as { reply: { location?: string } }).reply.location).toBe(location);
});

function statusOf(body: string): number {
  const request = readRequest("POST", "/vm/state", body);
  return request.kind === "refused" ? request.reply.status : 202;
}

test("any body is answered", () => {
  const bodies = fc.oneof(fc.string(), fc.json());
  fc.assert(fc.property(bodies, (body) => [202, 400, 500].includes(statusOf(body))));
  expect(statusOf('{"state":"Stop"}')).toBe(202);
});

test("replies", () => {
  expect(acceptedReply()).toEqual({ status: 202, contentType: undefined, body: "" });
  expect(errorReply(500, "no")).toMatchObject({ status: 500, body: '{"error":"no"}' });
  expect(stateReply("Running").body).toContain('"state":"VirtualMachineStateRunning"');
});
