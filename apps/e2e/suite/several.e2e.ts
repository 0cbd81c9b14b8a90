import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Vfm } from "../src/vfm.js";
import { watchVfm, type Ended, type WatchedVfm } from "../src/watch-vfm.js";
import { jsonAs, problems } from "./schemas.js";
import {
  IN_LAB,
  ISO,
  machineProcesses,
  MEMORY_MIB,
  openStore,
  SIZE,
  usedTaps,
} from "./surroundings.js";

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

/** Who only looks at the machine, and who changes it. */
const LOOKS = ["status c1", "list", "inspect c1"];
const CHANGES = ["start c1", "stop c1", "restart c1"];
/** Each `set` with a size of its own: the last one tells whose turn it was. */
const FIFTY: readonly string[] = Array.from({ length: 50 }, (_, i) => {
  if (i % 5 < 2) return LOOKS[i % LOOKS.length] ?? "";
  return i % 5 === 2 ? `set c1 --memory ${MEMORY_MIB + i}MiB` : (CHANGES[i % CHANGES.length] ?? "");
});

/** What a command may say when its turn has come. */
const REFUSALS: Readonly<Record<string, readonly string[]>> = {
  set: ["ERR_NOT_STOPPED"],
  start: ["ERR_ALREADY_RUNNING", "ERR_NOT_RUNNING"],
  restart: ["ERR_NOT_RUNNING"],
};

/** What a `vfm --json` that failed said on stdout: the code, and the pid that a busy one names. */
function refusal({ stdout }: Ended): { readonly code: string; readonly heldBy: number } {
  const { code, message } = (JSON.parse(stdout) as { error: { code: string; message: string } })
    .error;
  const [, pid] =
    /^machine c1 is busy: held by pid (\d+) doing (?:start|stop|restart|set|state) since \d{4}-\d\d-\d\dT\S+Z \(\d+ s\)$/.exec(
      message,
    ) ?? [];
  return { code, heldBy: Number(pid) };
}

interface Launched extends Disposable {
  readonly commands: readonly {
    readonly line: string;
    readonly watched: WatchedVfm;
    readonly ended: Promise<Ended>;
  }[];
}

/** Starts `vfm --json` with each of the lines, all at once; disposing kills those that still run. */
function launch(vfm: Vfm, lines: readonly string[]): Launched {
  const commands = lines.map((line) => {
    const watched = watchVfm(vfm, line.split(" "));
    return { line, watched, ended: watched.ended() };
  });
  return {
    commands,
    [Symbol.dispose]: () => {
      for (const { watched } of commands) watched[Symbol.dispose]();
    },
  };
}

describe.skipIf(!IN_LAB)(
  "fifty commands on one machine at once (needs the lab: it looks at every process and tap)",
  () => {
    it("take turns or say who is busy; who only looks never waits; and there is one truth", async () => {
      await using vfm = await openStore();
      await vfm.ok("create", "c1", "--no-start", "--iso", ISO, ...SIZE);
      using launched = launch(vfm, FIFTY);
      const fifty = launched.commands;
      const boots = fifty.filter(({ line }) => /^(?:re)?start/.test(line));
      const holder = await Promise.any(
        boots.map(async ({ watched }) => {
          await watched.event("start.lease.waiting");
          return watched;
        }),
      );
      // It holds the machine for as long as it is halted, and who only looks ends nevertheless.
      holder.send("SIGSTOP");
      for (const look of LOOKS) await vfm.ok("--json", ...look.split(" "));
      const looks = fifty.filter(({ line }) => LOOKS.includes(line));
      for (const { line, ended } of looks) expect(await ended, line).toMatchObject({ exitCode: 0 });
      // Nobody touched the machine in the meantime: what was begun comes to its end.
      holder.send("SIGCONT");
      expect((await holder.ended()).stderr).toContain('"type":"start.done"');

      const pids = fifty.map(({ watched }) => watched.pid);
      for (const { line, ended } of fifty) {
        const end = await ended;
        const what = `${line}: ${end.stdout}`;
        expect(end.signal, what).toBeNull();
        if (end.exitCode === 0) continue;
        const { code, heldBy } = refusal(end);
        if (end.exitCode === 5) {
          expect(code, what).toBe("ERR_MACHINE_BUSY");
          expect(pids, what).toContain(heldBy);
        } else {
          // Its turn came, and the machine was not as it needs it, or was stopped by the next one
          // before the address could be asked for.
          expect(end.exitCode, what).toBe(1);
          const [command = ""] = line.split(" ");
          expect(REFUSALS[command] ?? [], what).toContain(code);
        }
      }

      const { state, config } = await vfm.json<{
        readonly state: string;
        readonly config: { readonly memoryMiB: number };
      }>("inspect", "c1");
      const processes = await machineProcesses();
      const vfkits = processes.filter((line) => line.includes("--restful-uri"));
      expect([state, vfkits.length]).toEqual(vfkits.length === 0 ? ["Stopped", 0] : ["Running", 1]);
      if (state === "Stopped") expect(processes).toEqual([]);
      const sizes: number[] = [];
      for (const { line, ended } of fifty) {
        const { exitCode, stdout } = await ended;
        if (exitCode !== 0 || !line.startsWith("set")) continue;
        sizes.push((JSON.parse(stdout) as { readonly memoryMiB: number }).memoryMiB);
      }
      expect(sizes.length === 0 ? [MEMORY_MIB] : sizes).toContain(config.memoryMiB);
      await vfm.ok("rm", "--force", "c1");
      expect(await machineProcesses()).toEqual([]);
      expect(await usedTaps()).toEqual([]);
      expect(await readdir(join(vfm.home, "machines"))).toEqual([]);
      expect(await readdir(join(vfm.home, "locks"))).toEqual([]);
    });
  },
);
