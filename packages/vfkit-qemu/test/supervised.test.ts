import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { boundToParent, startSupervised } from "../src/supervised.js";
import { untilGone } from "./support/processes.js";

test("a bound command ends with the process that started it", async () => {
  const mark = `bound-${process.pid}`;
  const idle = "console.log('up'); setInterval(() => undefined, 1000)";
  // 0 stands for the parent, whose pid only it knows.
  const argv = boundToParent([process.execPath, "--eval", idle, mark], 0);
  // A parent that starts the child, says so, and is killed.
  const parent = spawn(
    process.execPath,
    [
      "--eval",
      `const [file, ...args] = ${JSON.stringify(argv)}.map((word) => word === "0" ? String(process.pid) : word);
       require("node:child_process").spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] }).stdout.pipe(process.stdout);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await once(parent.stdout, "data");
  parent.kill("SIGKILL");
  await once(parent, "close");
  await expect(untilGone(mark)).resolves.toBeUndefined();
});

test("a command whose parent is gone before it starts does not start", async () => {
  const [file = "", ...args] = boundToParent(["echo", "started"], 1);
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  expect(await once(child, "close")).toEqual([1, null]);
  expect(output).toBe("");
});

test("the last words are the last lines, without what steers a terminal", async () => {
  const script =
    'i=0; while [ $i -lt 50 ]; do echo "line $i" >&2; i=$((i+1)); done; printf "\\033[31mend" >&2; exit 3';
  const seen: string[] = [];
  const supervised = await startSupervised(
    ["sh", "-c", script],
    ["ignore", "ignore", "pipe"],
    process.env,
    (line) => seen.push(line),
  );
  expect(await supervised.exited).toEqual({ exitCode: 3, signal: undefined });
  expect(supervised.lastWords()).toHaveLength(20);
  expect(supervised.lastWords().at(-1)).toBe("end");
  expect(seen).toHaveLength(51);
  // It has ended: this reaches nobody.
  supervised.kill();
});

test("a missing program is an exit code and its words", async () => {
  const supervised = await startSupervised(
    ["/nonexistent/qemu"],
    ["ignore", "ignore", "pipe"],
    process.env,
    () => undefined,
  );
  expect(await supervised.exited).toMatchObject({ exitCode: 127 });
  expect(supervised.lastWords().join("")).toContain("/nonexistent/qemu");
});
