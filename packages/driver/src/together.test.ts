import { describe, expect, it } from "vitest";
import { together } from "./together.js";

/** A step that goes on until it is told to end, and then takes a moment for it. */
function endless(log: string[]): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    await new Promise((resolve) => {
      signal.addEventListener("abort", resolve, { once: true });
    });
    await new Promise(setImmediate);
    log.push("ended");
    throw new Error("told to end");
  };
}

async function failing(): Promise<never> {
  throw new Error("disk full");
}

describe("together", () => {
  it("tells the others to end when one fails, and waits for them", async () => {
    const log: string[] = [];
    await expect(together(undefined, endless(log), failing, endless(log))).rejects.toThrow(
      "disk full",
    );
    expect(log).toEqual(["ended", "ended"]);
  });

  it("ends with the caller's signal, and says so", async () => {
    const log: string[] = [];
    const controller = new AbortController();
    const working = together(controller.signal, endless(log));
    controller.abort();
    await expect(working).rejects.toMatchObject({ code: "ERR_ABORTED" });
    expect(log).toEqual(["ended"]);
  });

  it("is done when all are", async () => {
    const log: string[] = [];
    const step = (name: string) => async (): Promise<void> => void log.push(name);
    await together(undefined, step("a"), step("b"));
    expect(log.toSorted()).toEqual(["a", "b"]);
  });
});
