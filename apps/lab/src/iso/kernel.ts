import { assertSuccess, MachineError, type Host } from "@vfkit-machine/host";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { GuestTreeInput } from "./guest-tree.js";
import type { GuestRecipe } from "./recipe.js";

/** Copies the kernel, unpacked where the architecture's boot protocol wants that (arm64). */
export async function installKernel(
  recipe: GuestRecipe,
  unpacked: string,
  target: string,
): Promise<void> {
  const boot = join(unpacked, "boot");
  const name = (await readdir(boot)).find((entry) => entry.startsWith("vmlinuz-"));
  if (name === undefined) throw incomplete("boot/vmlinuz-*");
  if (recipe.architecture === "amd64") return copyFile(join(boot, name), target);
  await writeFile(target, unpackArm64Kernel(await readFile(join(boot, name))));
}

/** A plain image as it is; gzip, also inside an EFI zboot image (magic `zimg` at offset 4), unpacked. */
export function unpackArm64Kernel(kernel: Buffer): Buffer {
  if (kernel.readUInt16BE(0) === 0x1f8b) return gunzipSync(kernel);
  if (kernel.toString("latin1", 4, 8) !== "zimg") return kernel;
  const [offset, size] = [kernel.readUInt32LE(8), kernel.readUInt32LE(12)];
  const method = kernel.toString("latin1", 24, 56).replace(/\0.*$/s, "");
  if (method !== "gzip") {
    throw new MachineError(`the arm64 kernel is compressed with ${method}, not gzip`, {
      code: "ERR_LAB_GUEST_INCOMPLETE",
    });
  }
  return gunzipSync(kernel.subarray(offset, offset + size));
}

/** Installs the modules and the lists that init loads in order. */
export async function installModules(
  host: Host,
  recipe: GuestRecipe,
  { unpacked, busybox, tree }: Omit<GuestTreeInput, "guestFiles">,
): Promise<void> {
  const base = await modulesBase(unpacked);
  const [version] = await readdir(join(base, "lib/modules"));
  if (version === undefined) throw incomplete("lib/modules/*");
  assertSuccess(await host.runner.run("depmod", ["-b", base, version], { timeoutMs: 60_000 }));
  const directory = join(tree, "lib/modules");
  await mkdir(directory, { recursive: true });
  const done = new Set<string>();
  for (const [list, names] of [
    ["console", recipe.modulesOfConsole],
    ["first", recipe.modulesFirst],
    ["later", recipe.modulesLater],
  ] as const) {
    const lines: string[] = [];
    for (const name of names) {
      const args = ["-d", base, "-S", version, "--show-depends", name];
      const { stdout } = assertSuccess(await host.runner.run("modprobe", args));
      for (const path of parseShowDepends(stdout)) {
        const file = basename(path).replace(/\.(?:xz|gz|zst)$/, "");
        if (done.has(file)) continue;
        done.add(file);
        await installModule(host, busybox, path, join(directory, file));
        lines.push(`/lib/modules/${file}\n`);
      }
    }
    await writeFile(join(directory, list), lines.join(""));
  }
}

/** The files in the order in which they must be loaded; what is built in is passed over. */
export function parseShowDepends(stdout: string): string[] {
  return [...stdout.matchAll(/^insmod (\S+)/gm)].map((match) => match[1] ?? "");
}

async function installModule(
  host: Host,
  busybox: string,
  source: string,
  target: string,
): Promise<void> {
  if (source.endsWith(".ko")) return copyFile(source, target);
  if (source.endsWith(".gz")) return writeFile(target, gunzipSync(await readFile(source)));
  // Debian 13 compresses modules with xz; busybox can undo that. It writes beside.
  await copyFile(source, `${target}.xz`);
  assertSuccess(await host.runner.run(busybox, ["unxz", `${target}.xz`]));
}

/** With merged /usr the modules lie in usr/lib. */
async function modulesBase(unpacked: string): Promise<string> {
  const plain = await readdir(join(unpacked, "lib")).catch((): string[] => []);
  return plain.includes("modules") ? unpacked : join(unpacked, "usr");
}

function incomplete(what: string): MachineError {
  return new MachineError(`the unpacked packages hold no ${what}`, {
    code: "ERR_LAB_GUEST_INCOMPLETE",
  });
}
