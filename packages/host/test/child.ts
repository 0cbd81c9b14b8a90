import { spawn } from "node:child_process";
import { once } from "node:events";

/** A process of the test's own, which ends when the test does. */
export async function child(script = "process.stdin.resume()") {
  const started = spawn(process.execPath, ["-e", `${script};console.log("up")`]);
  const exited = once(started, "exit");
  await once(started.stdout, "data");
  const { pid } = started;
  if (pid === undefined) throw new Error("not spawned");
  return {
    pid,
    [Symbol.asyncDispose]: async () => {
      started.kill("SIGKILL");
      await exited;
    },
  };
}
