import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BuiltProgram } from "./each-version.js";

/** What vfkit makes of a command line; see `verdict` in program/parse.go. */
export interface Verdict {
  readonly outcome: "run" | "help" | "version" | "completion" | "error";
  readonly error?: string;
  readonly inspect?: Record<string, unknown>;
  readonly own?: Own;
  readonly ignored?: readonly string[];
}

/** The options that are not part of vfkit's configuration. */
export interface Own {
  readonly rest?: Readonly<Record<string, string>>;
  readonly logLevel?: string;
  readonly pidFile?: string;
  readonly gui?: boolean;
  readonly cloudInit?: Readonly<Record<string, string>>;
}

/** vfkit's own parser, in one process for any number of command lines. */
export interface RealParser extends AsyncDisposable {
  judge(argv: readonly string[]): Promise<Verdict>;
}

/** @param cwd where relative paths of disks are */
export async function startRealParser(program: BuiltProgram, cwd: string): Promise<RealParser> {
  const child = spawn(program.path, ["parse"], { cwd, stdio: "pipe" });
  let lastWords = "";
  child.stderr.on("data", (words: Buffer) => {
    lastWords = `${lastWords}${words.toString()}`.slice(-2_000);
  });
  const ended = once(child, "close");
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const answer = await answers.next();
    if (answer.done === true) {
      await ended;
      throw new Error(`vfkit ${program.version} ended: ${lastWords}`);
    }
    return JSON.parse(answer.value);
  };
  const identity = (await next()) as { readonly vfkit: string };
  if (identity.vfkit !== `v${program.version}`) {
    throw new Error(`${program.path} was built with vfkit ${identity.vfkit}`);
  }
  return {
    judge: async (argv) => {
      child.stdin.write(`${JSON.stringify(argv)}\n`);
      return (await next()) as Verdict;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
