/** What the guest is made of: Debian packages, and what is taken from them. Pure data. */
export interface GuestRecipe {
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

/** @param arch as `process.arch`; undefined when there is no recipe for it */
export function recipeFor(arch: string): GuestRecipe | undefined {
  if (arch === "x64") {
    return recipe("linux-image-cloud-amd64", "x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2", []);
  }
  if (arch === "arm64") {
    // Without ACPI the power button of QEMU's "virt" board is a key on a PL061 GPIO.
    const powerKey = ["gpio-pl061", "gpio_keys"];
    return recipe("linux-image-cloud-arm64", "aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1", [
      ...powerKey,
    ]);
  }
  return undefined;
}

function recipe(
  kernelPackage: string,
  triplet: string,
  loader: string,
  moreModules: readonly string[],
): GuestRecipe {
  const pam = [`/lib/${triplet}/security`, `/usr/lib/${triplet}/security`];
  return {
    kernelPackage,
    triplet,
    loader,
    packages: [
      "busybox-static",
      "dropbear-bin",
      "e2fsprogs",
      "openssh-sftp-server",
      "sudo",
      "util-linux",
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
    ],
    modulesFirst: ["virtio_pci", "virtio_rng", "virtio_blk", "virtio_net"],
    modulesLater: [
      "button",
      ...moreModules,
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
