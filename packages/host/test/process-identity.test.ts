import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createHost,
  descendantsOf,
  inspectProcess,
  isAlive,
  listProcesses,
  sendSignal,
  signalProcess,
  type CommandResult,
  type Host,
} from "../src/index.js";
import { parseProcStat, parsePs } from "../src/process-identity.js";
import { parsePsTable } from "../src/process-table.js";
import { child } from "./child.js";
import { codeOf } from "./codes.js";

const host = createHost();

/** A Mac whose `ps` answers so. */
const macWith = (answer: Partial<CommandResult>): Host => ({
  ...host,
  platform: "darwin",
  runner: {
    ...host.runner,
    run: async (file, args) => ({
      argv: [file, ...args],
      exitCode: 0,
      signal: undefined,
      stdout: "",
      stderr: "",
      ...answer,
    }),
  },
});

// Field 22, the start time, is 8816; see proc(5).
const STAT =
  "4711 (vfkit) S 1 4711 4711 0 -1 4194560 1103 0 0 0 12 3 0 0 20 0 7 0 8816 1271398400 11035 18446744073709551615 1 1 0";

describe("parseProcStat", () => {
  it("reads the start time and the command line", () => {
    expect(parseProcStat(4711, STAT, "/usr/bin/vfkit\0--cpus\x002\0")).toEqual({
      pid: 4711,
      startTime: "8816",
      command: "/usr/bin/vfkit --cpus 2",
    });
  });

  it("is not misled by the name of a program, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 15 }), (name) => {
        const stat = STAT.replace("(vfkit)", () => `(${name})`);
        expect(parseProcStat(4711, stat, "x")?.startTime).toBe("8816");
      }),
    );
    const hostile = STAT.replace("(vfkit)", "(a) Z 1 2 3 (b)");
    expect(parseProcStat(4711, hostile, "x")?.startTime).toBe("8816");
  });

  it("counts a zombie as gone, and what is no stat file too", () => {
    const zombie = STAT.replace(" S ", " Z ").replace(" 20 0 7 0 8816 ", " 20 0 1 0 8816 ");
    expect(parseProcStat(4711, zombie, "")).toBeUndefined();
    expect(parseProcStat(4711, STAT.replace(" S ", " X "), "")).toBeUndefined();
    expect(parseProcStat(4711, "", "")).toBeUndefined();
    expect(parseProcStat(4711, "4711 (vfkit) S 1", "")).toBeUndefined();
  });

  it("counts a zombie as there while another of its threads runs", () => {
    expect(parseProcStat(4711, STAT.replace(" S ", " Z "), "")).toEqual({
      pid: 4711,
      startTime: "8816",
      command: "",
    });
  });
});

describe("parsePs", () => {
  // The columns of `ps -ww -o lstart= -o state= -o command=` on macOS, in the C locale.
  it("reads what macOS prints", () => {
    const line =
      "Sun Nov 22 02:11:00 2026     S+   /opt/homebrew/bin/vfkit --cpus 2 --memory 2048\n";
    expect(parsePs(4711, line)).toEqual({
      pid: 4711,
      startTime: "Sun Nov 22 02:11:00 2026",
      command: "/opt/homebrew/bin/vfkit --cpus 2 --memory 2048",
    });
  });

  it("gives one start time for one process, however the columns are filled up", () => {
    const first = parsePs(1, "Mon Nov  2 02:11:00 2026     Ss   /sbin/launchd\n");
    const second = parsePs(1, "Mon Nov 2 02:11:00 2026 S    /sbin/launchd");
    expect(first?.startTime).toBe("Mon Nov 2 02:11:00 2026");
    expect(second?.startTime).toBe(first?.startTime);
  });

  it("keeps a command line as it is", () => {
    const command = "/Applications/My App.app/vfkit --kernel-cmdline console=hvc0  a=b Z";
    expect(parsePs(7, `Sun Nov 22 02:11:00 2026     R<+  ${command}\n`)?.command).toBe(command);
  });

  it("reads the parentheses that stand for another user's command line", () => {
    expect(parsePs(7, "Sun Nov 22 02:11:00 2026     Ss   (vmnet-helper)\n")?.command).toBe(
      "(vmnet-helper)",
    );
  });

  it("counts a zombie as gone, and no output too", () => {
    expect(parsePs(7, "Sun Nov 22 02:11:00 2026     Z    (vfkit)\n")).toBeUndefined();
    expect(parsePs(7, "Sun Nov 22 02:11:00 2026     Z+   <defunct>\n")).toBeUndefined();
    expect(parsePs(7, "")).toBeUndefined();
  });

  it("makes of any text a process with that pid, or none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect([7, undefined]).toContain(parsePs(7, text)?.pid);
      }),
    );
  });
});

describe("parsePsTable and descendantsOf", () => {
  const table = `
    1     0 Sun Nov 22 01:00:00 2026     Ss   /sbin/launchd
  501     1 Sun Nov 22 02:00:00 2026     S    /bin/zsh -l
  502   501 Sun Nov 22 02:11:00 2026     S+   sudo --non-interactive -- /opt/vmnet-helper/bin/vmnet-helper
  503   502 Sun Nov 22 02:11:00 2026     S+   /opt/vmnet-helper/bin/vmnet-helper --socket /tmp/a b
  504   501 Sun Nov 22 02:11:01 2026     Z    (vfkit)
not a line of ps
`;

  it("reads a line each, without zombies", () => {
    const processes = parsePsTable(table);
    expect(processes.map(({ pid, parentPid }) => [pid, parentPid])).toEqual([
      [1, 0],
      [501, 1],
      [502, 501],
      [503, 502],
    ]);
    expect(processes.at(-1)?.command).toBe("/opt/vmnet-helper/bin/vmnet-helper --socket /tmp/a b");
  });

  it("finds what is below a process, however deep, and not the process itself", () => {
    const processes = parsePsTable(table);
    const below = (pid: number): number[] =>
      descendantsOf(processes, pid).map((entry) => entry.pid);
    expect(below(501)).toEqual([502, 503]);
    expect(below(503)).toEqual([]);
    expect(below(9999)).toEqual([]);
  });

  it("does not go round in circles", () => {
    const loop = [
      { pid: 1, parentPid: 2, startTime: "a", command: "a" },
      { pid: 2, parentPid: 1, startTime: "b", command: "b" },
    ];
    expect(descendantsOf(loop, 1).map((entry) => entry.pid)).toEqual([2]);
  });
});

describe("inspectProcess", () => {
  it("sees a process of ours, and its start time does not change", async () => {
    await using running = await child();
    const info = await inspectProcess(host, running.pid);
    expect(info?.command).toContain(process.execPath);
    expect(await inspectProcess(host, running.pid)).toEqual(info);
    const listed = (await listProcesses(host)).find(({ pid }) => pid === running.pid);
    expect(listed).toEqual({ ...info, parentPid: process.pid });
  });

  it("sees none where no process can be", async () => {
    for (const pid of [0, -1, 1.5, Number.NaN, 2 ** 31, 2 ** 53]) {
      expect(await inspectProcess(host, pid)).toBeUndefined();
      expect(await isAlive(host, { pid, startTime: "" })).toBe(false);
    }
  });

  it("asks ps on macOS, and takes its silence for the end of the process", async () => {
    const stdout = "Sun Nov 22 02:11:00 2026     S    vfkit\n";
    expect(await inspectProcess(macWith({ stdout }), 7)).toMatchObject({ command: "vfkit" });
    expect(await inspectProcess(macWith({ exitCode: 1 }), 7)).toBeUndefined();
  });

  it("does not take a failure of ps for the end of the process", async () => {
    const mac = macWith({ exitCode: 1, stderr: "ps: fork: Resource temporarily unavailable\n" });
    expect(await codeOf(inspectProcess(mac, 7))).toBe("ERR_COMMAND_FAILED");
  });
});

describe("signalProcess", () => {
  it("refuses the pids that stand for many processes", () => {
    for (const pid of [0, -1]) {
      expect(() => signalProcess(pid, 0)).toThrow(`refusing to send 0 to pid ${pid}`);
    }
  });

  it("tells a live process from one that is gone", async () => {
    let gone: number;
    {
      await using running = await child();
      expect(sendSignal(running.pid, 0)).toBe("sent");
      gone = running.pid;
    }
    expect(sendSignal(gone, 0)).toBe("gone");
    expect(signalProcess(gone, "SIGTERM")).toBe(false);
  });
});
