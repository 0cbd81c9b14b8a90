/** Where macOS keeps what this project reads and runs. Absolute paths. */
export interface HostPaths {
  /** Written by bootpd; absent before the first lease. */
  readonly dhcpdLeases: string;
  /** Static DHCP bindings; usually absent. See bootptab(5). */
  readonly bootptab: string;
  /** The command-line tool of the application firewall. */
  readonly socketfilterfw: string;
  /** The DHCP server of the virtual networks. */
  readonly bootpd: string;
  readonly sudo: string;
  /** Where vmnet-helper's own installer puts it. */
  readonly vmnetHelper: string;
}

export const MACOS_PATHS: HostPaths = {
  dhcpdLeases: "/var/db/dhcpd_leases",
  bootptab: "/etc/bootptab",
  socketfilterfw: "/usr/libexec/ApplicationFirewall/socketfilterfw",
  bootpd: "/usr/libexec/bootpd",
  sudo: "/usr/bin/sudo",
  vmnetHelper: "/opt/vmnet-helper/bin/vmnet-helper",
};
