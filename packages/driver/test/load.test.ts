import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { MachineSummary } from "../src/index.js";

const LIST = new URL("../dist/list.js", import.meta.url).href;

/** Resolves none of the packages that take long to load. */
const HOOKS = `export async function resolve(specifier, context, next) {
  if (/^(zod|undici|ssh2|execa)$|^@vfkit-machine\\/(?!host\\/)/.test(specifier)) {
    throw new Error(specifier + " was asked for");
  }
  return next(specifier, context);
}`;

it("lists machines that lie still without loading what a running one needs", async () => {
  // As recorded: a store whose path is a link, as macOS has it, is looked at more closely.
  const storeDir = await realpath(await mkdtemp(join(tmpdir(), "vfm-load-")));
  try {
    const directory = join(storeDir, "machines", "c1");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "config.json"), JSON.stringify(configOf(directory)));
    const script = `
      import { register } from "node:module";
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOKS)}`)});
      const { listMachines } = await import(${JSON.stringify(LIST)});
      console.log(JSON.stringify(await listMachines({ storeDir: process.argv[1] })));`;
    const list = (): { stdout: string; stderr: string } =>
      spawnSync(process.execPath, ["--input-type=module", "--eval", script, storeDir], {
        encoding: "utf8",
        timeout: 20_000,
      });
    const [found] = JSON.parse(list().stdout) as MachineSummary[];
    expect(found).toMatchObject({ name: "c1", state: "Stopped", memoryMiB: 4096 });
    await writeFile(join(directory, "vfkit.pid"), "1\n");
    expect(list().stderr).toContain("was asked for");
  } finally {
    await rm(storeDir, { recursive: true, force: true });
  }
});

function configOf(socketDir: string): object {
  return {
    schemaVersion: 1,
    createdAt: "2026-11-20T10:00:00.000Z",
    name: "c1",
    cpus: 2,
    memoryMiB: 4096,
    diskSizeMiB: 20_480,
    extraDiskSizesMiB: [],
    network: "nat",
    macAddress: "5a:94:ef:e4:0c:ee",
    mounts: [],
    kernelCmdline: "",
    sshPort: 22,
    sshUser: "docker",
    vmnetInterfaceId: "3b9f0f3a-55c7-4bb1-9c4f-0123456789ab",
    socketDir,
  };
}
