import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createOptions } from "../src/create-options.js";
import { parseMachineFile, readMachineFile } from "../src/machine-file.js";
import { problems } from "./support.js";

const YAML = `
name: build
iso: ./minikube.iso
cpus: 4
memory: 8GiB
disk: 40GiB
extraDisks: [5GiB, 1GiB]
network: vmnet-shared
mac: 5a:94:ef:e4:0c:ee
mounts:
  - { host: src, guest: /src }
kernelCmdline: quiet
sshPort: 2222
`;

describe("a machine in a file", () => {
  it("is read from YAML and from JSON, as the published schema has it", () => {
    const found = parseMachineFile(YAML, "m.yaml");
    expect(parseMachineFile(JSON.stringify(found), "m.json")).toEqual(found);
    expect(problems("machine", parse(YAML))).toBe("");
  });

  it("may come through a pipe, and not without end", async () => {
    const directory = await mkdtemp(join(tmpdir(), "vfm-file-"));
    try {
      const path = join(directory, "pipe");
      execFileSync("mkfifo", [path]);
      const reading = readMachineFile(path);
      await writeFile(path, "name: build");
      expect(await reading).toMatchObject({ name: "build" });
      await writeFile(join(directory, "large"), " ".repeat(256 * 1024 + 1));
      await expect(readMachineFile(join(directory, "large"))).rejects.toThrow(
        /larger than 256 KiB/,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it("has paths that begin at its own directory", async () => {
    const directory = await mkdtemp(join(tmpdir(), "vfm-file-"));
    try {
      const path = join(directory, "m.yaml");
      await writeFile(path, YAML);
      expect(await readMachineFile(path)).toMatchObject({
        iso: join(directory, "minikube.iso"),
        mounts: [{ host: join(directory, "src"), guest: "/src" }],
      });
      await writeFile(path, "iso: minikube@1.38.0");
      expect((await readMachineFile(path)).iso).toBe("minikube@1.38.0");
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("gives way to options, one by one", () => {
    const wanted = createOptions(
      "c1",
      { iso: "other.iso", cpus: "1", "extra-disk": ["2GiB"] },
      parseMachineFile(YAML, "m.yaml"),
    );
    expect(wanted).toMatchObject({
      iso: "other.iso",
      cpus: 1,
      memoryMiB: 8192,
      diskSizeMiB: 40_960,
      extraDiskSizesMiB: [2048],
      network: "vmnet-shared",
      sshPort: 2222,
    });
  });

  it.each([
    ["cpus: many", /cpus/],
    ["memory: 4096", /memory/],
    ["memory: '4096'", /memory: is not a size with a unit/],
    ["colour: red", /colour/],
    ["network: bridged", /network/],
    ["mounts: [{host: a, guest: b}]", /guest/],
    ["{", /neither YAML nor JSON/],
    ["- a", /expected object/],
    ["a: &a [1]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]", /neither YAML nor JSON/],
  ])("is refused where it is wrong: %j", (text, message) => {
    expect(() => parseMachineFile(text, "m.yaml")).toThrow(message);
  });

  it("is missing", async () => {
    await expect(readMachineFile("/nowhere/m.yaml")).rejects.toThrow(
      "--file /nowhere/m.yaml: there is no such file",
    );
  });
});
