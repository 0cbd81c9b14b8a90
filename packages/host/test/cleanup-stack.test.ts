import { describe, expect, it } from "vitest";
import { CleanupStack, silentLogger, type Logger } from "../src/index.js";

function setUp() {
  const done: string[] = [];
  const warnings: string[] = [];
  const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
  const stack = new CleanupStack(logger);
  const fail = (name: string) => () => {
    done.push(name);
    throw new Error(`cannot undo ${name}`);
  };
  return { done, warnings, stack, fail };
}

describe("CleanupStack", () => {
  it("undoes in reverse, one after the other", async () => {
    const { done, stack } = setUp();
    stack.defer("first", () => done.push("first"));
    stack.defer("second", async () => {
      done.push("second begins");
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      done.push("second ends");
    });
    await stack[Symbol.asyncDispose]();
    expect(done).toEqual(["second begins", "second ends", "first"]);
  });

  it("undoes nothing once released, and nothing twice", async () => {
    const { done, stack } = setUp();
    stack.defer("first", () => done.push("first"));
    stack.release();
    await stack[Symbol.asyncDispose]();
    expect(done).toEqual([]);
    stack.defer("second", () => done.push("second"));
    await stack.unwind();
    await stack.unwind();
    expect(done).toEqual(["second"]);
  });

  it("goes on after a failure, logs each, and throws the first", async () => {
    const { done, warnings, stack, fail } = setUp();
    stack.defer("closing a", fail("a"));
    stack.defer("closing b", () => done.push("b"));
    stack.defer("closing c", fail("c"));
    await expect(stack[Symbol.asyncDispose]()).rejects.toThrow("cannot undo c");
    expect(done).toEqual(["c", "b", "a"]);
    expect(warnings).toEqual([
      "clean-up failed while closing c",
      "clean-up failed while closing a",
    ]);
  });

  it("does not throw when unwound: the error that led there is the one to see", async () => {
    const { warnings, stack, fail } = setUp();
    stack.defer("closing a", fail("a"));
    await expect(stack.unwind()).resolves.toBeUndefined();
    expect(warnings).toHaveLength(1);
  });

  it("runs what a step defers while it is undone", async () => {
    const { done, stack } = setUp();
    stack.defer("outer", () => {
      done.push("outer");
      stack.defer("inner", () => done.push("inner"));
    });
    await stack.unwind();
    expect(done).toEqual(["outer", "inner"]);
  });
});
