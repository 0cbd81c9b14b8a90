import { findExecutable, type Host } from "@vfkit-machine/host";

/** A program that the lab runs, and the Debian package that has it. */
export interface Prerequisite {
  readonly program: string;
  /** Looked for besides `PATH`, in this order. */
  readonly paths: readonly string[];
  readonly debianPackage: string;
}

const SBIN = ["/usr/sbin", "/sbin", "/usr/bin", "/bin"];

/** @param arch as `process.arch` */
export function prerequisites(arch: string): Prerequisite[] {
  return [
    arch === "arm64"
      ? inPath("qemu-system-aarch64", "qemu-system-arm")
      : inPath("qemu-system-x86_64", "qemu-system-x86"),
    {
      program: "virtiofsd",
      // Debian 12 has QEMU's own in C, later ones the Rust one.
      paths: ["/usr/lib/qemu/virtiofsd", "/usr/libexec/virtiofsd"],
      debianPackage: "virtiofsd",
    },
    inPath("dnsmasq", "dnsmasq-base"),
    inPath("ip", "iproute2"),
    inPath("bridge", "iproute2"),
    inPath("nft", "nftables"),
    { program: "python3", paths: ["/usr/bin/python3"], debianPackage: "python3" },
    // With it comes the whole standard library, which python3-minimal lacks.
    { program: "pydoc3", paths: ["/usr/bin/pydoc3"], debianPackage: "python3" },
    inPath("ps", "procps"),
    inPath("xorriso", "xorriso"),
    inPath("cpio", "cpio"),
    { program: "sudo", paths: ["/usr/bin/sudo"], debianPackage: "sudo" },
    inPath("unshare", "util-linux"),
    inPath("setpriv", "util-linux"),
    inPath("mount", "mount"),
    inPath("flock", "util-linux"),
    inPath("ssh", "openssh-client"),
    inPath("modprobe", "kmod"),
  ];
}

function inPath(program: string, debianPackage: string): Prerequisite {
  return { program, paths: SBIN.map((at) => `${at}/${program}`), debianPackage };
}

/** What is not there, in the order of {@link prerequisites}. */
export async function missingPrerequisites(host: Host): Promise<Prerequisite[]> {
  const missing: Prerequisite[] = [];
  for (const prerequisite of prerequisites(host.arch)) {
    if (!(await isPresent(host, prerequisite))) missing.push(prerequisite);
  }
  return missing;
}

async function isPresent(host: Host, { program, paths }: Prerequisite): Promise<boolean> {
  for (const path of [...paths, program]) {
    if ((await findExecutable(host, path)) !== undefined) return true;
  }
  return false;
}

/** The packages of what is missing, each once. On Debian 12 virtiofsd is in qemu-system-common. */
export function packagesOf(missing: readonly Prerequisite[], debianVersion: number): string[] {
  const names = missing.map(({ debianPackage }) =>
    debianPackage === "virtiofsd" && debianVersion < 13 ? "qemu-system-common" : debianPackage,
  );
  return [...new Set(names)].toSorted();
}
