import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { jsonAs } from "./schemas.js";
import { openStore } from "./surroundings.js";

it("cache lists what was downloaded, whole or in part, and prune deletes it", async () => {
  await using vfm = await openStore();
  expect(await jsonAs(vfm, "cache", "cache", "list")).toEqual([]);
  const directory = join(vfm.home, "cache", "iso");
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "b2d.iso"), "whole");
  await writeFile(join(directory, "minikube.iso.part"), "half");
  expect(await jsonAs(vfm, "cache", "cache", "list")).toMatchObject([
    { name: "b2d.iso", kind: "iso" },
    { name: "minikube.iso.part", kind: "partial" },
  ]);
  expect(await jsonAs(vfm, "cache", "cache", "prune", "--all")).toMatchObject([
    { name: "b2d.iso" },
    { name: "minikube.iso.part" },
  ]);
  expect((await readdir(directory)).filter((name) => name.includes(".iso"))).toEqual([]);
});
