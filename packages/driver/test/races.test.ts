import { execFile } from "node:child_process";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isMachineError } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { createMachine, listMachines, openMachine, removeMachine } from "../src/index.js";
import { openWorld } from "./world.js";

const LOCKER = fileURLToPath(new URL("fixtures/locker.mjs", import.meta.url));
const run = promisify(execFile);

/** How each of many ended: a code, or "done". */
async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((result) => {
    if (result.status === "fulfilled") return "done";
    if (isMachineError(result.reason)) return result.reason.code;
    throw result.reason;
  });
}

describe.concurrent("many at once", () => {
  it("two starts: one starts it, the other says that it runs or who is busy", async () => {
    await using world = await openWorld();
    const made = await createMachine(world.options({ start: false }), world.context);
    const again = await openMachine("c1", world.context);
    const ends = (await outcomes([made.start(), again.start()])).toSorted();
    expect(ends[1]).toBe("done");
    expect(["ERR_ALREADY_RUNNING", "ERR_MACHINE_BUSY"]).toContain(ends[0]);
    expect(await world.processes()).toHaveLength(1);
  });

  it("two creations of one name: one makes it", async () => {
    await using world = await openWorld();
    const create = (): Promise<unknown> =>
      createMachine(world.options({ start: false }), world.context);
    const ends = (await outcomes([create(), create()])).toSorted();
    expect(ends[1]).toBe("done");
    expect(["ERR_MACHINE_EXISTS", "ERR_MACHINE_BUSY"]).toContain(ends[0]);
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Stopped" }]);
  });

  it("starts, stops and looks in any order end in one truth", async () => {
    await using world = await openWorld();
    const machine = await createMachine(world.options({ start: false }), world.context);
    const ends = await outcomes(
      Array.from({ length: 12 }, (_, index) => {
        if (index % 3 === 0) return machine.start();
        return index % 3 === 1 ? machine.stop() : listMachines(world.context);
      }),
    );
    for (const end of ends) {
      expect(["done", "ERR_ALREADY_RUNNING", "ERR_MACHINE_BUSY"]).toContain(end);
    }
    const processes = await world.processes();
    expect(await machine.getState()).toBe(processes.length === 0 ? "Stopped" : "Running");
  });
});

describe("locks of the dead", () => {
  it.each(["create", "remove"])("are swept by the next %s of any machine", async (operation) => {
    await using world = await openWorld();
    await createMachine(world.options({ start: false }), world.context);
    await run(process.execPath, [LOCKER, world.storeDir, "dead", "die"]).catch(() => undefined);
    expect(await readdir(join(world.storeDir, "locks"))).toEqual(["dead"]);
    if (operation === "remove") await removeMachine("c1", world.context);
    else await createMachine(world.options({ name: "c2", start: false }), world.context);
    expect(await readdir(join(world.storeDir, "locks"))).toEqual([]);
  });
});

describe("odd store paths", () => {
  it.each([
    ["spaces and apostrophes", "my 'store' $HOME; x"],
    ["other scripts", "Ünïcødé 机器"],
  ])("with %s carry a whole life", async (_what, directory) => {
    await using world = await openWorld();
    const context = { ...world.context, storeDir: join(world.directory, directory) };
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
    expect(machine.directory).toBe(join(context.storeDir, "machines", "c1"));
    expect(await machine.getState()).toBe("Running");
    await machine.restart();
    expect(await listMachines(context)).toMatchObject([{ name: "c1", state: "Running" }]);
    expect(await machine.remove()).toEqual({ leftBehind: [] });
    expect(await world.processes()).toEqual([]);
  });

  it("with a double quote are refused: ssh's configuration cannot say it", async () => {
    await using world = await openWorld();
    const context = { ...world.context, storeDir: join(world.directory, 'a"b') };
    await expect(createMachine(world.options(), context)).rejects.toMatchObject({
      code: "ERR_CHECK_STORE",
      message: expect.stringContaining('a\\"b'),
    });
  });

  it("through a link are the store that it leads to", async () => {
    await using world = await openWorld();
    await mkdir(world.storeDir);
    const link = join(world.directory, "link");
    await symlink(world.storeDir, link);
    await createMachine(world.options(), { ...world.context, storeDir: link });
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Running" }]);
    await removeMachine("c1", world.context);
    expect(await listMachines({ ...world.context, storeDir: link })).toEqual([]);
    expect(await world.processes()).toEqual([]);
  });
});
