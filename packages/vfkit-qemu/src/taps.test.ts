import { expect, test } from "vitest";
import { findTaps, TapClaims } from "./taps.js";

const PROC_NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets
    lo:       0       0    0    0    0     0          0         0        0       0
 nat10:       0       0    0    0    0     0          0         0        0       0
  nat2:       0       0    0    0    0     0          0         0        0       0
  nat0:1234567       0    0    0    0     0          0         0        0       0
natbr0:       0       0    0    0    0     0          0         0        0       0
`;

test("taps are found by prefix and number", () => {
  expect(findTaps("nat", PROC_NET_DEV)).toEqual(["nat0", "nat2", "nat10"]);
  expect(findTaps("natbr", PROC_NET_DEV)).toEqual(["natbr0"]);
  expect(findTaps("tap", PROC_NET_DEV)).toEqual([]);
});

test("each card has a lock of its own around the command", () => {
  const claims = new TapClaims("nat", ["nat0", "nat1", "nat2"], 2);
  expect(claims.lockArgv(["qemu", "-x"], "/run")).toEqual(
    [
      ["flock", "--nonblock", "--no-fork", "--conflict-exit-code", "75", "/run/nat0.lock"],
      ["flock", "--nonblock", "--no-fork", "--conflict-exit-code", "76", "/run/nat1.lock"],
      ["qemu", "-x"],
    ].flat(),
  );
});

test("a held lock moves its card, and no other, to the next tap", () => {
  const claims = new TapClaims("nat", ["nat0", "nat1", "nat2"], 2);
  expect(claims.retry(76)).toBe(true);
  expect(claims.chosen).toEqual(["nat0", "nat2"]);
  expect(() => claims.retry(75)).toThrow("nat0 to nat2 are all in use");
});

test.each([undefined, 0, 1, 74, 76, 137])("exit code %s is not about locks", (exitCode) => {
  expect(new TapClaims("nat", ["nat0", "nat1"], 1).retry(exitCode)).toBe(false);
});

test("too few taps are an error at once", () => {
  expect(() => new TapClaims("nat", [], 1)).toThrow("there is no nat0");
  expect(() => new TapClaims("nat", ["nat0"], 2)).toThrow(
    expect.objectContaining({ code: "ERR_NO_FREE_TAP" }),
  );
});
