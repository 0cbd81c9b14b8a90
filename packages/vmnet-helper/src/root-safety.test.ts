import { expect, it } from "vitest";
import { whyUnsafe } from "./root-safety.js";

it.each([
  [0, 0, 0o755, undefined],
  [0, 0, 0o775, undefined],
  [0, 20, 0o755, undefined],
  [501, 0, 0o755, "/h belongs to user 501"],
  [501, 20, 0o555, "/h belongs to user 501"],
  [0, 0, 0o757, "/h is writable by everybody"],
  [0, 0, 0o1777, "/h is writable by everybody"],
  [0, 80, 0o775, "/h is writable by group 80"],
])("whyUnsafe: user %i, group %i, mode %o: %s", (uid, gid, mode, reason) => {
  expect(whyUnsafe({ path: "/h", uid, gid, mode })).toBe(reason);
});
