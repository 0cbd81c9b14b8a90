import type { Host, NetworkInterfaces } from "@vfkit-machine/host";

/** A network of this computer that is not one of vmnet's own. */
export interface HostNetwork {
  readonly interfaceName: string;
  /** As in `192.168.64.3/24`. */
  readonly cidr: string;
}

/** Three numbers of an address: a network of 254 addresses. */
export interface VmnetAddresses {
  readonly startAddress: string;
  readonly endAddress: string;
  readonly subnetMask: string;
}

/** What vmnet takes when nobody asks for another. */
const VMNET_DEFAULT = "192.168.64";
const ALTERNATIVES = ["192.168.105", "192.168.106", "172.31.105", "10.211.105"];

/** The interfaces that can be in vmnet's way: none where there is no vmnet. */
export function rivalInterfaces(
  host: Pick<Host, "platform" | "networkInterfaces">,
): NetworkInterfaces {
  return host.platform === "darwin" ? host.networkInterfaces() : {};
}

/**
 * The network of this computer to which packets for `ip` go, instead of to the guest: one as narrow
 * as vmnet's (/24) or narrower. Pure.
 */
export function networkAround(ip: string, interfaces: NetworkInterfaces): HostNetwork | undefined {
  const address = toNumber(ip);
  return networksOf(interfaces).find(({ base, prefix }) => sameNetwork(address, base, prefix));
}

/**
 * Addresses for vmnet to use in place of its own choice, when that would lie in a network of this
 * computer: macOS 26 takes 192.168.64.0/24 all the same, and what is meant for a guest goes out to
 * that network. Depends on the networks alone, so that all machines get the same. Pure.
 *
 * @returns undefined when vmnet may choose
 */
export function vmnetAddresses(interfaces: NetworkInterfaces): VmnetAddresses | undefined {
  const networks = networksOf(interfaces);
  const isTaken = (three: string): boolean =>
    networks.some(({ base }) => sameNetwork(toNumber(`${three}.0`), base, 24));
  if (!isTaken(VMNET_DEFAULT)) return undefined;
  const free = ALTERNATIVES.find((three) => !isTaken(three));
  if (free === undefined) return undefined;
  return { startAddress: `${free}.1`, endAddress: `${free}.254`, subnetMask: "255.255.255.0" };
}

/** vmnet's own are named `bridge100` and up; a lone address (/31, /32) is a tunnel's. */
function networksOf(
  interfaces: NetworkInterfaces,
): (HostNetwork & { readonly base: number; readonly prefix: number })[] {
  return Object.entries(interfaces).flatMap(([interfaceName, addresses = []]) =>
    addresses.flatMap(({ address, cidr, family, internal }) => {
      const prefix = Number(cidr?.split("/")[1]);
      if (internal || family !== "IPv4" || cidr === null || interfaceName.startsWith("bridge")) {
        return [];
      }
      if (!(prefix >= 24 && prefix <= 30)) return [];
      return [{ interfaceName, cidr, base: toNumber(address), prefix }];
    }),
  );
}

function sameNetwork(a: number, b: number, prefix: number): boolean {
  const size = 2 ** (32 - prefix);
  return Math.floor(a / size) === Math.floor(b / size);
}

function toNumber(ip: string): number {
  return ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
