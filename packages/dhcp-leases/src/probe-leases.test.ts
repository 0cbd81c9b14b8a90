import { createManualClock, type ManualClock } from "@vfkit-machine/host/testing";
import { expect, it } from "vitest";
import { LeaseProbes, type AcceptLease } from "./probe-leases.js";
import type { Lease } from "./types.js";

function lease(ipAddress: string, expiresAtMs = 1000): Lease {
  return {
    source: "dhcpd_leases",
    name: undefined,
    ipAddress,
    hardware: { type: 1, address: "8e:01:99:9c:54:b1" },
    macAddress: undefined,
    identifier: undefined,
    expiresAtMs,
    offsetBytes: 0,
  };
}

function probes(accept: AcceptLease): { probes: LeaseProbes; clock: ManualClock } {
  const clock = createManualClock();
  return { probes: new LeaseProbes({ accept, clock, retryIntervalMs: 500 }), clock };
}

/** An address that never answers, and the signals it was given. */
function silent(): { accept: AcceptLease; signals: AbortSignal[]; asked: string[] } {
  const signals: AbortSignal[] = [];
  const asked: string[] = [];
  const accept: AcceptLease = ({ ipAddress }, { signal }) => {
    asked.push(ipAddress);
    signals.push(signal);
    return new Promise<boolean>(() => undefined);
  };
  return { accept, signals, asked };
}

it("takes the candidate that answers while another hangs", async () => {
  const { accept } = silent();
  const run = probes((one, options) =>
    one.ipAddress === "10.0.0.2" ? true : accept(one, options),
  );
  run.probes.update([lease("10.0.0.1"), lease("10.0.0.2")]);
  await expect(run.probes.accepted).resolves.toMatchObject({ ipAddress: "10.0.0.2" });
});

it("asks again after a pause, with the lease as it stands by then", async () => {
  const asked: number[] = [];
  const run = probes(({ expiresAtMs }) => {
    asked.push(expiresAtMs);
    return asked.length === 3;
  });
  run.probes.update([lease("10.0.0.1", 1000)]);
  await run.clock.advance(500);
  run.probes.update([lease("10.0.0.1", 2000)]);
  await run.clock.advance(499);
  expect(asked).toEqual([1000, 1000]);
  await run.clock.advance(1);
  await expect(run.probes.accepted).resolves.toMatchObject({ expiresAtMs: 2000 });
});

it("drops an address that is no candidate any more, and does not believe its late answer", async () => {
  let answer: ((isUp: boolean) => void) | undefined;
  const given: AbortSignal[] = [];
  const run = probes(({ ipAddress }, { signal }) => {
    given.push(signal);
    if (ipAddress === "10.0.0.2") return true;
    return new Promise((resolve) => {
      answer = resolve;
    });
  });
  run.probes.update([lease("10.0.0.1")]);
  run.probes.update([]);
  expect(given[0]?.aborted).toBe(true);
  answer?.(true);
  await run.clock.advance(0);
  run.probes.update([lease("10.0.0.2")]);
  await expect(run.probes.accepted).resolves.toMatchObject({ ipAddress: "10.0.0.2" });
});

it("does not ask one address twice at a time, nor more than eight at once, the best first", () => {
  const { accept, asked } = silent();
  const run = probes(accept);
  const many = Array.from({ length: 20 }, (_, index) => lease(`10.0.0.${index}`));
  run.probes.update([...many, ...many]);
  run.probes.update(many);
  expect(asked).toEqual(many.slice(0, 8).map(({ ipAddress }) => ipAddress));
});

it("rejects with what accept throws", async () => {
  const run = probes(() => {
    throw new Error("the virtual machine died");
  });
  run.probes.update([lease("10.0.0.1")]);
  await expect(run.probes.accepted).rejects.toThrow("the virtual machine died");
});

it("leaves neither a timer nor a probe behind", async () => {
  const { accept, signals } = silent();
  const run = probes((one, options) =>
    one.ipAddress === "10.0.0.1" ? false : accept(one, options),
  );
  run.probes.update([lease("10.0.0.1"), lease("10.0.0.2")]);
  await run.clock.advance(0);
  expect(run.clock.pending()).toBe(1);
  run.probes.close();
  expect(run.clock.pending()).toBe(0);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
});
