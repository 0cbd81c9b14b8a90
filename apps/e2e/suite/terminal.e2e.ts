import type { CommandResult } from "@vfkit-machine/host";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ISO, openStore, SIZE } from "./surroundings.js";

const TERMINAL = fileURLToPath(new URL("terminal.py", import.meta.url));

type Store = Awaited<ReturnType<typeof openStore>>;

/** Runs `vfm` in a real pseudo-terminal of 80 columns, both outputs going there. */
function inTerminal(
  vfm: Store,
  args: readonly string[],
  {
    env = {},
    press,
    columns = 80,
  }: {
    env?: Record<string, string | undefined>;
    press?: [string, string];
    columns?: number;
  } = {},
): Promise<CommandResult> {
  const keys = press ?? ["", ""];
  const command = [TERMINAL, ...keys, process.execPath, vfm.entry, ...args];
  const clean = { ...vfm.env, CI: undefined, NO_COLOR: undefined, TERM: "xterm-256color" };
  return vfm.host.runner.run("python3", command, {
    env: { ...clean, LC_ALL: "C.UTF-8", TERMINAL_COLUMNS: String(columns), ...env },
    timeoutMs: 120_000,
  });
}

/** The lines that stay on the screen: what a terminal shows once all was written. */
function screen(output: string): string[] {
  return output.split("\r\n").map((line) => {
    // Each redrawing begins by clearing the line.
    const drawn = line.split(/\u001b\[2K|\u001b\[1G|\u001b\[0G|\r/).map(plain);
    return drawn.findLast((text) => text.trim() !== "") ?? "";
  });
}

/** The lines that are left on a screen of so many columns, drawn by tmux, a real terminal. */
async function shownBy(vfm: Store, output: string, columns: number): Promise<string[]> {
  const file = join(vfm.home, "output");
  await writeFile(file, output);
  const socket = join(vfm.home, "tmux");
  const tmux = (...args: readonly string[]): Promise<CommandResult> =>
    vfm.host.runner.run("tmux", ["-S", socket, "-f", "/dev/null", ...args], {
      env: { ...vfm.env, LC_ALL: "C.UTF-8" },
    });
  const show = `stty raw; cat '${file}'; printf drawn; exec sleep 60`;
  await tmux("new-session", "-d", "-x", String(columns), "-y", "60", show);
  try {
    let text = "";
    await expect
      .poll(async () => (text = (await tmux("capture-pane", "-p", "-J")).stdout), {
        timeout: 20_000,
      })
      .toContain("drawn");
    return text
      .split("\n")
      .map((line) => line.replace(/drawn$/, "").trimEnd())
      .filter((line) => line !== "");
  } finally {
    await tmux("kill-server");
  }
}

function plain(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}

describe("in a terminal", () => {
  it("create shows steps that move, and leaves one line each with its time", async () => {
    await using vfm = await openStore();
    const { stdout, exitCode } = await inTerminal(vfm, ["create", "c1", "--iso", ISO, ...SIZE]);
    expect(exitCode).toBe(0);
    // It moved, in colour, and gave the cursor back.
    expect(stdout).toMatch(/\u001b\[\?25l/);
    expect(stdout).toMatch(/\u001b\[32m\+\u001b\[39m/);
    expect(stdout.lastIndexOf("\u001b[?25h")).toBeGreaterThan(stdout.lastIndexOf("\u001b[?25l"));
    const lines = screen(stdout).filter((line) => line !== "");
    const done = lines.filter((line) => line.startsWith("+ "));
    expect(done.some((line) => /^\+ The guest has \S+ \d+\.\d s$/.test(line))).toBe(true);
    expect(new Set(done).size).toBe(done.length);
    expect(lines.at(-1)).toMatch(/^c1 is running at /);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("Ctrl-C ends a create, undoes it, and exits with 130", async () => {
    await using vfm = await openStore();
    const result = await inTerminal(vfm, ["create", "c1", "--iso", ISO, ...SIZE], {
      press: ["Started vfkit", "C"],
    });
    expect(result.exitCode).toBe(130);
    expect(await vfm.ok("list", "--names")).toBe("");
    const left = await vfm.host.runner.run("pgrep", ["-f", `restful-uri unix://${vfm.home}`]);
    expect(left.stdout).toBe("");
  });

  it.each([
    ["NO_COLOR", { NO_COLOR: "1" }, /\u001b\[3[0-9]m/],
    ["CI", { CI: "true" }, /\u001b\[\?25l|\u001b\[2K/],
    ["TERM=dumb", { TERM: "dumb" }, /\u001b/],
  ])("%s is respected", async (_name, env, unwanted) => {
    await using vfm = await openStore();
    const create = ["create", "c1", "--no-start", "--iso", ISO, ...SIZE];
    const { stdout, exitCode } = await inTerminal(vfm, create, { env });
    expect(exitCode).toBe(0);
    expect(stdout).toContain("Made an SSH key");
    expect(stdout).not.toMatch(unwanted);
  });

  it("prints nothing beyond ASCII where the locale is not UTF-8", async () => {
    await using vfm = await openStore();
    const create = ["create", "c1", "--no-start", "--iso", ISO, ...SIZE];
    const { stdout } = await inTerminal(vfm, create, { env: { LC_ALL: "C" } });
    expect(stdout).toContain("is created");

    expect(/[^\u0000-\u007f]/.exec(stdout)?.[0]).toBeUndefined();
  });

  it("keeps one line for what goes on, also where that line does not fit", async () => {
    await using vfm = await openStore();
    const create = ["create", "c1", "--iso", ISO, ...SIZE];
    const { stdout, exitCode } = await inTerminal(vfm, create, { columns: 40 });
    expect(exitCode).toBe(0);
    // What a terminal of 40 columns shows in the end: each step once, nothing half erased.
    const shown = await shownBy(vfm, stdout, 40);
    const done = shown.filter((line) => line.startsWith("+ "));
    expect(done.length).toBeGreaterThan(5);
    expect(new Set(done).size).toBe(done.length);
    expect(shown.join("\n")).not.toMatch(/Waiting|[\u2800-\u28ff]/);
    expect(shown.at(-1)).toMatch(/^c1 is running at /);
  });

  it("a table fits, however long the names are", async () => {
    await using vfm = await openStore();
    const name = `a-machine-with-${"very-".repeat(6)}long-name`;
    await vfm.ok("create", name, "--no-start", "--iso", ISO, ...SIZE);
    const { stdout } = await inTerminal(vfm, ["list"]);
    for (const line of screen(stdout)) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toContain("..");
    expect(await vfm.ok("list", "--names")).toBe(name);
  });
});
