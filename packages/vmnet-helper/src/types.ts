import type { ProcessEnd, ProcessIdentity, TerminateOutcome } from "@vfkit-machine/host";

/** A release of vmnet-helper. A build between releases counts as the release before it. */
export interface HelperVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** As the helper prints it, without a leading `v`: `0.13.0`, `0.12.0-4-gabcdef0`. */
  readonly text: string;
}

/** A vmnet-helper that was found on this host. */
export interface VmnetHelper {
  /** Absolute path. */
  readonly path: string;
  readonly version: HelperVersion;
  /** Whether it has to run as root here, see {@link needsRoot}. */
  readonly needsRoot: boolean;
}

/**
 * What vmnet made, as the helper prints it. Keys that are not listed here are kept. With `network`
 * (vmnet-broker) there is no MAC address and no address range, but `net_*` keys.
 */
export interface VmnetInterface {
  readonly vmnet_mac_address?: string | undefined;
  /** The gateway; the addresses after it are the DHCP pool. */
  readonly vmnet_start_address?: string | undefined;
  readonly vmnet_end_address?: string | undefined;
  readonly vmnet_subnet_mask?: string | undefined;
  /** Bytes. */
  readonly vmnet_mtu?: number | undefined;
  /** Bytes. */
  readonly vmnet_max_packet_size?: number | undefined;
  /** UUID. */
  readonly vmnet_interface_id?: string | undefined;
  readonly vmnet_nat66_prefix?: string | undefined;
  readonly vmnet_read_max_packets?: number | undefined;
  readonly vmnet_write_max_packets?: number | undefined;
  readonly net_ipv4_subnet?: string | undefined;
  readonly net_ipv4_mask?: string | undefined;
  readonly net_ipv6_prefix?: string | undefined;
  readonly net_ipv6_prefix_len?: number | undefined;
  readonly [key: string]: unknown;
}

/** Which process was started as the helper of a socket: plain data, made to be kept in a file. */
export interface HelperRecord extends ProcessIdentity {
  /** Absolute path of the helper's datagram socket. */
  readonly socketPath: string;
}

/** `already-gone`: there was nothing to stop. `killed`: it took more than SIGTERM. */
export type HelperStopOutcome = TerminateOutcome;

/** A helper that is up. Disposing stops it; without that it outlives us. */
export interface RunningHelper extends AsyncDisposable {
  /** Of the process group's leader: the helper itself, or sudo. */
  readonly identity: ProcessIdentity;
  readonly record: HelperRecord;
  readonly interface: VmnetInterface;
  /** Resolves when it ends while we are alive; never rejects and never keeps us alive. */
  readonly exited: Promise<ProcessEnd>;
}
