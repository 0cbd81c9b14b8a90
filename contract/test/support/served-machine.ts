import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BuiltProgram } from "./each-version.js";

/** What the scripted machine is like; see `instruction` in program/serve.go. */
export interface Instruction {
  readonly state?: string;
  readonly delayMs?: number;
  readonly refuse?: string;
  readonly dieOnHardStop?: boolean;
}

/** vfkit's own REST server, with a machine behind it that does as it is told. */
export interface ServedMachine extends AsyncDisposable {
  /** Resolves when every answer from now on is according to it. */
  follow(instruction: Instruction): Promise<void>;
  /** The exit code, when it has ended. */
  readonly exited: Promise<number | null>;
  /** The end of stderr. */
  lastWords(): string;
}

/** Starts the server; nobody says when it listens, not vfkit either. */
export function serveMachine(program: BuiltProgram, uri: string): ServedMachine {
  const child = spawn(program.path, ["serve", uri], { stdio: "pipe" });
  const waiting: (() => void)[] = [];
  let lastWords = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "followed") waiting.shift()?.();
  });
  child.stderr.on("data", (words: Buffer) => {
    lastWords = `${lastWords}${words.toString()}`.slice(-2_000);
  });
  // A server that has ended does not read on.
  child.stdin.on("error", () => child.stdin.destroy());
  const exited = once(child, "close").then(() => child.exitCode);
  return {
    follow: (instruction) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write(`${JSON.stringify(instruction)}\n`);
      }),
    exited,
    lastWords: () => lastWords,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
