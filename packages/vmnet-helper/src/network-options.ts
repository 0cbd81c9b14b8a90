import { invalidOption } from "./errors.js";
import type { HelperVersion } from "./types.js";
import { isAtLeast } from "./version.js";

/** How the interface is attached; vmnet's operation modes. */
export type VmnetMode = "shared" | "bridged" | "host";

/** The network that the helper makes or joins. Everything has vmnet's default when left out. */
export interface NetworkOptions {
  /** UUID. The same one gives the same MAC address each time. Not with `network`. */
  readonly interfaceId?: string | undefined;
  /** Default `shared`. */
  readonly mode?: VmnetMode | undefined;
  /** The host's interface to bridge to, as in `en0`. Required by `bridged`, refused otherwise. */
  readonly sharedInterface?: string | undefined;
  /** First IPv4 address, the gateway. With `endAddress` and `subnetMask`, or none of them; not in `bridged`. */
  readonly startAddress?: string | undefined;
  /** Last IPv4 address of the DHCP pool. */
  readonly endAddress?: string | undefined;
  readonly subnetMask?: string | undefined;
  /** Machines of the network do not reach each other. Not in `bridged`; in `shared` from 0.12 on. */
  readonly isolation?: boolean | undefined;
  /** A network of vmnet-broker to join. From 0.10 and macOS 26 on; excludes interface id, mode and addresses. */
  readonly network?: string | undefined;
  /** TCP segmentation and checksum offload: for krunkit only. */
  readonly offload?: boolean | undefined;
  /** What will use the socket (default `vfkit`, whose guests lose packets with `offload`). */
  readonly client?: "vfkit" | "krunkit" | "qemu" | undefined;
  /** Seconds between lines of packet counts in the log; none when left out. From 0.13 on. */
  readonly statsIntervalSeconds?: number | undefined;
  /** Log every step. About halves the speed. */
  readonly verbose?: boolean | undefined;
}

/** What is known of the helper and its host; what is not known is not checked. */
export interface HelperArgvContext {
  readonly helperVersion?: HelperVersion | undefined;
  readonly macosMajor?: number | undefined;
}

/** Refuses an option that the helper is known to be too old for. */
export function requireHelper(
  what: string,
  minor: number,
  { helperVersion }: HelperArgvContext,
): void {
  if (helperVersion === undefined || isAtLeast(helperVersion, 0, minor)) return;
  throw invalidOption(
    `${what} needs vmnet-helper 0.${minor}, this is ${helperVersion.text}`,
    "Upgrade vmnet-helper.",
  );
}
