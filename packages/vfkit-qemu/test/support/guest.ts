import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost, readFileBounded, readTree, writeFileAtomic } from "@vfkit-machine/host";
import { createCpio, type CpioEntry } from "./cpio.js";

/** A Linux that boots in about two seconds, and what it needs. */
export interface Guest {
  readonly kernelPath: string;
  readonly initrdPath: string;
}

const CACHE = fileURLToPath(new URL("../../node_modules/.cache/guest/", import.meta.url));
const KERNEL_PACKAGE = "linux-image-cloud-amd64";
const MODULES =
  "virtio_pci virtio_blk virtio_net virtio_console virtio-rng nvme virtiofs button evdev".split(
    " ",
  );

/** What the guest does is told by words of the kernel's command line: see the script. */
const INIT = `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t devtmpfs none /dev; mount -t proc none /proc; mount -t sysfs none /sys
for module in $(cat /modules/order); do insmod /modules/$module; done
say() { echo "guest: $*" > /dev/console; }
has() { grep -qw "$1" /proc/cmdline; }
for disk in vda vdb vdc vdd nvme0n1; do
  [ -b /dev/$disk ] && say "$disk $(cat /sys/block/$disk/size) $(cat /sys/block/$disk/ro) $(cat /sys/block/$disk/serial 2>/dev/null)"
done
for card in /sys/class/net/e*; do [ -e $card ] && say "net $(cat $card/address)"; done
say "pci $(cat /sys/bus/pci/devices/*/device | tr '\\n' ' ')"
say "rng $(cat /sys/class/misc/hw_random/rng_current)"
for console in ttyS0 hvc0 hvc1 hvc2; do
  [ -c /dev/$console ] && echo "guest: $console" > /dev/$console
done
if has test.write; then echo "written by the guest" > /dev/vdb; sync; fi
if has test.fs; then
  mkdir /shared; mount -t virtiofs tag /shared
  say "shared $(cat /shared/from-host)"; echo "from guest" > /shared/from-guest
fi
if has test.net; then ip link set eth0 up; udhcpc -n -q -t 1 -T 1 -i eth0 -s /bin/lease; fi
if has test.lease; then ip link set eth0 up; udhcpc -n -q -t 9 -T 1 -i eth0 -s /bin/lease; fi
has test.die && poweroff -f
say "power button $(ls /dev/input)"
has test.deaf || acpid -d -c /etc/acpi -l /dev/null > /dev/null 2>&1 &
# acpid must hold the device before anybody may press the button.
has test.deaf || while ! ls -l /proc/[0-9]*/fd 2>/dev/null | grep -q /dev/input/event; do :; done
say ready
if has test.tick; then
  while :; do say "tick"; sleep 0.1; done
fi
while :; do sleep 1000; done
`;

const ON_POWER_BUTTON =
  "#!/bin/busybox sh\necho 'guest: power button' > /dev/console\npoweroff -f\n";
const ON_LEASE = `#!/bin/busybox sh
[ "$1" = bound ] && echo "guest: lease $ip" > /dev/console
exit 0
`;

/**
 * The guest, made once and kept in node_modules/.cache: a Debian kernel and busybox, fetched with
 * `apt-get download` and unpacked, never installed.
 *
 * @returns the reason where it cannot be had, for the titles of the tests that are skipped
 */
export async function prepareGuest(): Promise<Guest | { readonly missing: string }> {
  const host = createHost();
  if (host.platform !== "linux" || host.arch !== "x64") {
    return { missing: `the test guest is for x86-64 Linux, this is ${host.arch} ${host.platform}` };
  }
  try {
    const packages = join(CACHE, "packages");
    const root = join(packages, "root");
    if (!(await exists(root))) await fetchPackages(packages);
    const kernelName = (await readdir(join(root, "boot"))).find((name) =>
      name.startsWith("vmlinuz-"),
    );
    if (kernelName === undefined) throw new Error(`${KERNEL_PACKAGE} has no kernel`);
    const initrd = await buildInitrd(root, kernelName.replace("vmlinuz-", ""));
    const digest = createHash("sha256").update(initrd).digest("hex").slice(0, 16);
    const initrdPath = join(CACHE, `initrd-${digest}`);
    if (!(await exists(initrdPath))) await writeFileAtomic(initrdPath, initrd);
    return { kernelPath: join(root, "boot", kernelName), initrdPath };
  } catch (error) {
    return { missing: `no guest: ${(error as Error).message.split("\n")[0]}` };
  }
}

async function fetchPackages(directory: string): Promise<void> {
  const { runner } = createHost();
  const run = async (file: string, args: readonly string[], cwd: string): Promise<string> => {
    const result = await runner.run(file, args, { cwd, timeoutMs: 120_000 });
    if (result.exitCode === 0) return result.stdout;
    throw new Error(`${file} ${args.join(" ")}: ${result.stderr.trim().split("\n").at(-1)}`);
  };
  await mkdir(CACHE, { recursive: true });
  const working = await mkdtemp(join(CACHE, "fetch-"));
  try {
    const depends = await run("apt-cache", ["depends", KERNEL_PACKAGE], working);
    const kernel = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
    if (kernel === undefined) throw new Error(`apt does not know ${KERNEL_PACKAGE}`);
    await run("apt-get", ["download", kernel, "busybox-static"], working);
    for (const name of await readdir(working)) {
      if (name.endsWith(".deb")) await run("dpkg", ["-x", name, "root"], working);
    }
    await rm(directory, { recursive: true, force: true });
    await rename(working, directory);
  } finally {
    await rm(working, { recursive: true, force: true });
  }
}

async function buildInitrd(root: string, release: string): Promise<Buffer> {
  const paths = await moduleFiles(join(root, "lib/modules", release));
  const order = await loadOrder(paths);
  const directories = ["bin", "dev", "proc", "sys", "etc", "etc/acpi", "etc/acpi/PWRF", "modules"];
  return createCpio([
    ...directories.map((path) => ({ path, kind: "directory" }) as const),
    file("init", INIT, 0o755),
    file("bin/busybox", await readFile(join(root, "bin/busybox")), 0o755),
    file("bin/lease", ON_LEASE, 0o755),
    file("etc/acpi/PWRF/00000080", ON_POWER_BUTTON, 0o755),
    file("modules/order", order.map((path) => basename(path)).join("\n"), 0o644),
    ...(await Promise.all(
      order.map(async (path) => file(`modules/${basename(path)}`, await readFile(path), 0o644)),
    )),
  ]);
}

function file(path: string, data: string | Uint8Array, mode: number): CpioEntry {
  return { path, kind: "file", data: typeof data === "string" ? Buffer.from(data) : data, mode };
}

/** Module name, with underscores, to file. */
async function moduleFiles(directory: string): Promise<Map<string, string>> {
  const entries = await readTree(directory);
  const files = entries.filter(({ name }) => name.endsWith(".ko"));
  return new Map(
    files.map(({ parentPath, name }) => [
      moduleName(basename(name, ".ko")),
      join(parentPath, name),
    ]),
  );
}

/** Each module after those it depends on, as its `.modinfo` section says. */
async function loadOrder(paths: ReadonlyMap<string, string>): Promise<string[]> {
  const order: string[] = [];
  const visit = async (name: string): Promise<void> => {
    const path = paths.get(moduleName(name));
    // What is built into the kernel has no file.
    if (path === undefined || order.includes(path)) return;
    const content = (await readFileBounded(path, 16 * 1024 * 1024)).toString("latin1");
    const depends = /\0depends=([^\0]*)\0/.exec(content)?.[1] ?? "";
    for (const dependency of depends.split(",")) if (dependency !== "") await visit(dependency);
    order.push(path);
  };
  for (const name of MODULES) await visit(name);
  return order;
}

function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}

async function exists(path: string): Promise<boolean> {
  try {
    await readdir(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOTDIR";
  }
}
