import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { openWorld } from "./world.js";

it("the private key is in its own file and nowhere else: not in argv, events, logs or the disk", async () => {
  await using world = await openWorld();
  const logged: unknown[] = [];
  const note = (...words: unknown[]): void => void logged.push(words);
  const logger = { debug: note, info: note, warn: note, error: note };
  const commands: string[] = [];
  const context = {
    ...world.with({}, { logger }),
    onEvent: (event: unknown): void => void logged.push(event),
  };
  const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
  commands.push(...(await world.processes()).map(({ command }) => command));
  expect(commands).toHaveLength(2);
  const key = await readFile(join(machine.directory, "id_ed25519"), "utf8");
  // The last lines hold the private half; the first ones are the same in every file of this format.
  const secret = key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  expect(secret.length).toBeGreaterThan(3);
  const halves = secret.slice(2);
  await machine.restart();
  await machine.stop();
  for (const part of halves) {
    expect(JSON.stringify(logged)).not.toContain(part);
    expect(commands.join("\n")).not.toContain(part);
  }
  for (const file of await readdir(machine.directory)) {
    if (file === "id_ed25519") continue;
    const bytes = await readFile(join(machine.directory, file));
    for (const part of halves) expect([file, bytes.includes(part)]).toEqual([file, false]);
  }
});
