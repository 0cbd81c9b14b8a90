import { failure } from "./errors.js";

export type Accelerator = "kvm" | "tcg";

/** What QEMU is called on a host, and which computer it is asked for. */
export interface QemuPlatform {
  /** As `process.arch`. */
  readonly arch: string;
  /** Name of the program, looked for on `PATH`. */
  readonly program: string;
  /** What a person types where it is missing. */
  readonly installHint: string;
  /** `-machine`, without the accelerator. */
  readonly machine: string;
  /** `-cpu` under each accelerator. */
  readonly cpu: Readonly<Record<Accelerator, string>>;
  /** The kernel's name for the serial port that is there without a driver from the initrd. */
  readonly earlyConsole: string;
  /** Is there an ISA serial port (COM1) to put a second console on? */
  readonly hasCom1: boolean;
}

const VIRTIOFSD = "virtiofsd comes with it, or as a package of that name.";

const PLATFORMS: readonly QemuPlatform[] = [
  // A PC with PCI Express and ACPI, as guests of Virtualization.framework find it, without what they
  // would only spend boot time on. Five-level page tables (la57) slow TCG down and serve nothing here.
  {
    arch: "x64",
    program: "qemu-system-x86_64",
    installHint: `On Debian and Ubuntu: apt install qemu-system-x86. ${VIRTIOFSD}`,
    machine: "q35,sata=off,smbus=off,usb=off,vmport=off,i8042=off",
    cpu: { kvm: "host", tcg: "max,la57=off" },
    earlyConsole: "ttyS0",
    hasCom1: true,
  },
  // Pointer authentication by a hash of QEMU's own: emulating the architecture's cipher takes three
  // times as long to boot (README.md has the figures).
  {
    arch: "arm64",
    program: "qemu-system-aarch64",
    installHint: `On Debian and Ubuntu: apt install qemu-system-arm. ${VIRTIOFSD}`,
    machine: "virt,gic-version=max",
    cpu: { kvm: "host", tcg: "max,pauth-impdef=on" },
    earlyConsole: "ttyAMA0",
    hasCom1: false,
  },
];

/**
 * @param arch as `process.arch`
 * @throws MachineError `ERR_UNSUPPORTED_BY_QEMU` for what no vfkit runs on
 */
export function qemuPlatform(arch: string): QemuPlatform {
  const platform = PLATFORMS.find((each) => each.arch === arch);
  if (platform !== undefined) return platform;
  throw failure(
    "ERR_UNSUPPORTED_BY_QEMU",
    `vfkit-qemu has machines of x64 and arm64, not of ${arch}`,
  );
}
