/** What the guest is made of: Debian packages, and what is taken from them. Pure data. */
export interface GuestRecipe {
  /** Debian's name of the architecture. */
  readonly architecture: string;
  /** Package that depends on the newest kernel for machines of clouds: few drivers, all of virtio. */
  readonly kernelPackage: string;
  /** Debian's name of the architecture's directory of libraries. */
  readonly triplet: string;
  /** The dynamic loader, where the ABI wants it. */
  readonly loader: string;
  /** Unpacked together with the libraries they depend on. */
  readonly packages: readonly string[];
  /** Dynamically linked programs and plug-ins, copied with every library they need. */
  readonly programs: readonly GuestProgram[];
  /** Loaded in this order before anything is said: what the console is made of, unless built in. */
  readonly modulesOfConsole: readonly string[];
  /** Loaded in this order before the disk is looked for. */
  readonly modulesFirst: readonly string[];
  /** Loaded once SSH listens. */
  readonly modulesLater: readonly string[];
}

export interface GuestProgram {
  /** Path in the guest. */
  readonly path: string;
  /** Where packages of different releases keep it. */
  readonly sources: readonly string[];
  readonly mode: number;
}

const SUDO_DIRECTORIES = ["/usr/libexec/sudo", "/usr/lib/sudo"];

/** What differs from architecture to architecture. */
interface Architecture extends Pick<
  GuestRecipe,
  "architecture" | "triplet" | "loader" | "modulesOfConsole"
> {
  /** What hears the power button where the kernel's own key driver is not there to. */
  readonly powerButton: Pick<GuestRecipe, "packages" | "programs">;
}

const X64: Architecture = {
  architecture: "amd64",
  triplet: "x86_64-linux-gnu",
  loader: "/lib64/ld-linux-x86-64.so.2",
  modulesOfConsole: [],
  powerButton: { packages: [], programs: [] },
};

const ARM64: Architecture = {
  architecture: "arm64",
  triplet: "aarch64-linux-gnu",
  loader: "/lib/ld-linux-aarch64.so.1",
  // Under vfkit there is no serial port: hvc0 is all that a guest can say anything on.
  modulesOfConsole: ["virtio_pci", "virtio_console"],
  // Without ACPI the power button is a line of a GPIO chip, and Debian's cloud kernel has no gpio_keys.
  powerButton: { packages: ["gpiod"], programs: [program("/usr/bin/gpiomon")] },
};

const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ["x64", X64],
  ["arm64", ARM64],
]);

/** @param arch as `process.arch`; undefined when there is no recipe for it */
export function recipeFor(arch: string): GuestRecipe | undefined {
  const found = ARCHITECTURES.get(arch);
  return found === undefined ? undefined : recipe(found);
}

function recipe({ powerButton, ...architecture }: Architecture): GuestRecipe {
  const { triplet } = architecture;
  const pam = [`/lib/${triplet}/security`, `/usr/lib/${triplet}/security`];
  return {
    ...architecture,
    kernelPackage: `linux-image-cloud-${architecture.architecture}`,
    packages: [
      "busybox-static",
      "dropbear-bin",
      "e2fsprogs",
      "openssh-sftp-server",
      "sudo",
      "util-linux",
      ...powerButton.packages,
    ],
    programs: [
      program("/usr/sbin/dropbear"),
      program("/usr/bin/dropbearkey"),
      program("/usr/sbin/mke2fs", ["/sbin", "/usr/sbin"]),
      program("/usr/sbin/resize2fs", ["/sbin", "/usr/sbin"]),
      program("/usr/sbin/blkid", ["/sbin", "/usr/sbin"]),
      program("/usr/bin/lsblk", ["/bin", "/usr/bin"]),
      program("/usr/lib/sftp-server", ["/usr/lib/openssh"]),
      program("/usr/bin/sudo", ["/usr/bin"], 0o4755),
      ...["sudoers.so", "libsudo_util.so.0"].map((name) => plugin(name, SUDO_DIRECTORIES)),
      ...["pam_permit.so", "pam_deny.so"].map((name) => plugin(name, pam)),
      ...powerButton.programs,
    ],
    modulesFirst: ["virtio_pci", "virtio_rng", "virtio_blk", "virtio_net"],
    modulesLater: [
      "button",
      "evdev",
      "virtio_console",
      "virtiofs",
      "binfmt_misc",
      "isofs",
      "virtio_balloon",
      "vmw_vsock_virtio_transport",
    ],
  };
}

function program(path: string, directories?: readonly string[], mode = 0o755): GuestProgram {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const sources = (directories ?? [path.slice(0, -name.length - 1)]).map((at) => `${at}/${name}`);
  return { path, sources, mode };
}

/** Kept where its package has it: the path is compiled into whoever opens it. */
function plugin(name: string, directories: readonly string[]): GuestProgram {
  return { path: "", sources: directories.map((at) => `${at}/${name}`), mode: 0o644 };
}
