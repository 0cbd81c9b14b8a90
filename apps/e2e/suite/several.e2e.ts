import { spawn } from "node:child_process";
import { describe, expect, it, onTestFinished } from "vitest";
import { jsonAs, problems } from "./schemas.js";
import { ISO, openStore, SIZE } from "./surroundings.js";

describe("several machines at once", () => {
  it("are worked on side by side, each with its own result; a failure keeps nobody", async () => {
    await using vfm = await openStore();
    const create = (name: string): Promise<string> =>
      vfm.ok("create", name, "--no-start", "--iso", ISO, ...SIZE);
    await Promise.all([create("c1"), create("c2")]);
    const started = await vfm.run(["--json", "start", "c1", "c2", "nobody"]);
    expect(started.exitCode).toBe(4);
    const results = JSON.parse(started.stdout) as readonly object[];
    expect(problems("start", results)).toBe("");
    expect(results).toMatchObject([
      { name: "c1", state: "Running" },
      { name: "c2", state: "Running" },
      { name: "nobody", error: { code: "ERR_MACHINE_NOT_FOUND" } },
    ]);
    const order = started.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { type: string; machine: string });
    // Side by side: both had begun before one was done.
    const firstDone = order.findIndex(({ type }) => type === "start.done");
    const begun = order.slice(0, firstDone).filter(({ type }) => type === "start.started");
    expect(begun.map(({ machine }) => machine).toSorted()).toEqual(["c1", "c2"]);
    expect(problems("start", await vfm.json("start", "--all"))).toBe("");
    const killed = await jsonAs<readonly object[]>(vfm, "stop", "kill", "-a");
    expect(killed).toMatchObject([{ outcome: "killed" }, { outcome: "killed" }]);
    expect(await vfm.ok("stop", "c1", "c2")).toBe("c1 was stopped already\nc2 was stopped already");
    expect(await jsonAs(vfm, "rm", "delete", "--all")).toMatchObject([{ name: "c1" }, {}]);
    expect(await vfm.run(["stop", "--all"])).toMatchObject({ exitCode: 0, stdout: "" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("busy is 5, and a command that %s ends is %i", async (signal, exitCode) => {
    await using vfm = await openStore();
    // The lab's guest then never gets an address: the other command does not outwait its boot.
    const silent = ["--kernel-cmdline", "lab.no-dhcp"];
    const creating = spawn(
      process.execPath,
      [vfm.entry, "--json", "create", "c1", "--iso", ISO, ...SIZE, ...silent],
      { env: vfm.env, stdio: ["ignore", "pipe", "pipe"] },
    );
    onTestFinished(() => void creating.kill("SIGKILL"));
    const ended = new Promise<number | null>((resolve) => {
      creating.once("exit", resolve);
    });
    let said = "";
    let output = "";
    creating.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    await new Promise<void>((resolve) => {
      creating.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (said.includes("start.vfkit.spawned")) resolve();
      });
    });
    const busy = await vfm.run(["--json", "set", "c1", "--cpus", "2"]);
    expect(busy.exitCode).toBe(5);
    expect(problems("error", JSON.parse(busy.stdout))).toBe("");
    creating.kill(signal);
    expect(await ended).toBe(exitCode);
    expect(problems("error", JSON.parse(output))).toBe("");
    expect(await vfm.ok("list", "--names")).toBe("");
  });
});
