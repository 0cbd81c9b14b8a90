import { execFileSync } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { listMachines, listQuietMachines } from "../src/list.js";
import { openWorld } from "./world.js";

describe("listQuietMachines", () => {
  it("says the same as listMachines while all lies still, and nothing when something does not", async () => {
    await using world = await openWorld();
    const { storeDir } = world.context;
    expect(await listQuietMachines({ storeDir })).toEqual([]);
    const { directory } = await createMachine(world.options({ start: false }), world.context);
    expect(await listQuietMachines({ storeDir })).toEqual(await listMachines(world.context));
    for (const name of ["vfkit.pid", "vfkit.sock", "starting.json"]) {
      await writeFile(join(directory, name), "");
      expect(await listQuietMachines({ storeDir })).toBeUndefined();
      await rm(join(directory, name));
    }
    await mkdir(join(storeDir, "machines", ".x.creating"));
    expect(await listQuietMachines({ storeDir })).toBeUndefined();
    await listMachines(world.context);
    expect(await listQuietMachines({ storeDir })).toHaveLength(1);
    await writeFile(join(directory, "config.json"), "{");
    expect(await listQuietMachines({ storeDir })).toBeUndefined();
    await rm(join(directory, "config.json"));
    // Nobody writes there: whoever waits for that waits for ever, and Ctrl-C does not help.
    execFileSync("mkfifo", [join(directory, "config.json")]);
    expect(await listQuietMachines({ storeDir })).toBeUndefined();
    expect(await listMachines(world.context)).toMatchObject([{ name: "c1", state: "Unknown" }]);
  });
});
