import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createHost, findExecutable, isExecutable } from "../src/index.js";

let dir: string;
let first: string;
let second: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "host-path-"));
  [first, second] = [join(dir, "first"), join(dir, "second")];
  await mkdir(first);
  await mkdir(second);
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

const program = async (path: string, mode = 0o755): Promise<string> => {
  await writeFile(path, "#!/bin/sh\n");
  await chmod(path, mode);
  return path;
};
const hostWith = (PATH: string | undefined) => createHost({ env: { PATH } });

describe("findExecutable", () => {
  it("takes the first directory of PATH that has it", async () => {
    const wanted = await program(join(second, "tool"));
    expect(await findExecutable(hostWith(`${first}:${second}`), "tool")).toBe(wanted);
    const earlier = await program(join(first, "tool"));
    expect(await findExecutable(hostWith(`${first}:${second}`), "tool")).toBe(earlier);
  });

  it("passes over what cannot be executed, directories, and dangling links", async () => {
    await program(join(first, "tool"), 0o644);
    await mkdir(join(first, "other"));
    await symlink(join(dir, "missing"), join(first, "third"));
    for (const name of ["tool", "other", "third"]) {
      expect(await findExecutable(hostWith(first), name)).toBeUndefined();
      const wanted = await program(join(second, name));
      expect(await findExecutable(hostWith(`${first}:${second}`), name)).toBe(wanted);
    }
  });

  it("takes an absolute path as it is", async () => {
    const path = await program(join(first, "tool"));
    expect(await findExecutable(hostWith(undefined), path)).toBe(path);
    expect(await findExecutable(hostWith(first), join(second, "tool"))).toBeUndefined();
  });

  it("does not depend on the current directory", async () => {
    await program(join(first, "tool"));
    const here = process.cwd();
    process.chdir(first);
    try {
      for (const PATH of ["", ":", ".", "./", undefined]) {
        expect(await findExecutable(hostWith(PATH), "tool")).toBeUndefined();
      }
      expect(await findExecutable(hostWith(dir), "./first/tool")).toBeUndefined();
      expect(await findExecutable(hostWith(dir), "first/tool")).toBeUndefined();
    } finally {
      process.chdir(here);
    }
  });

  it("finds nothing for an empty name", async () => {
    expect(await findExecutable(hostWith(first), "")).toBeUndefined();
  });
});

describe("isExecutable", () => {
  it("follows links", async () => {
    const path = await program(join(first, "tool"));
    await symlink(path, join(first, "link"));
    expect(await isExecutable(join(first, "link"))).toBe(true);
  });
});
