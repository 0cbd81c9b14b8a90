import { isPrivate, isSubnetMask, parseIpv4 } from "./addresses.js";
import { ROOTLESS_MACOS_MAJOR } from "./defaults.js";
import { invalidOption } from "./errors.js";
import { requireHelper, type HelperArgvContext, type NetworkOptions } from "./network-options.js";

/** Which network: a new one, or one of vmnet-broker. */
export function networkArgv(options: NetworkOptions, context: HelperArgvContext): string[] {
  return options.network === undefined ? modeArgv(options) : brokerArgv(options, context);
}

function modeArgv(options: NetworkOptions): string[] {
  const { mode = "shared", sharedInterface } = options;
  const argv = ["--operation-mode", requireMode(mode)];
  if (mode !== "bridged") {
    if (sharedInterface !== undefined) {
      throw invalidOption(
        `the shared interface ${JSON.stringify(sharedInterface)} is only for mode bridged, not ${mode}`,
      );
    }
    return [...argv, ...addressArgv(options)];
  }
  if (sharedInterface === undefined)
    throw invalidOption("mode bridged requires a shared interface, as in en0");
  requireName("shared interface", sharedInterface);
  for (const [name, value] of addressOptions(options)) {
    if (value !== undefined)
      throw invalidOption(`the ${name} ${JSON.stringify(value)} is not for mode bridged`);
  }
  return [...argv, "--shared-interface", sharedInterface];
}

function requireMode(mode: string): string {
  if (["shared", "bridged", "host"].includes(mode)) return mode;
  throw invalidOption(`no such mode: ${JSON.stringify(mode)} (shared, bridged, host)`);
}

/** A word that cannot be taken for an option. */
function requireName(what: string, name: string): void {
  if (/^[A-Za-z0-9][\w.:-]{0,127}$/.test(name)) return;
  throw invalidOption(`not a name for the ${what}: ${JSON.stringify(name)}`);
}

function addressOptions(options: NetworkOptions): [string, string | undefined][] {
  return [
    ["start address", options.startAddress],
    ["end address", options.endAddress],
    ["subnet mask", options.subnetMask],
  ];
}

function addressArgv(options: NetworkOptions): string[] {
  const given = addressOptions(options).filter(([, value]) => value !== undefined);
  if (given.length === 0) return [];
  const { startAddress, endAddress, subnetMask } = options;
  if (startAddress === undefined || endAddress === undefined || subnetMask === undefined) {
    const names = given.map(([name, value]) => `${name} ${JSON.stringify(value)}`).join(" and ");
    throw invalidOption(
      `start address, end address and subnet mask go together; given: only ${names}`,
    );
  }
  const start = requireAddress("start address", startAddress);
  const end = requireAddress("end address", endAddress);
  const mask = parseIpv4(subnetMask);
  if (mask === undefined || !isSubnetMask(mask)) {
    throw invalidOption(`not a subnet mask: ${JSON.stringify(subnetMask)}`);
  }
  const sameSubnet = (start & mask) === (end & mask);
  if (!sameSubnet || start >= end) {
    throw invalidOption(
      `no range of one subnet: ${startAddress} to ${endAddress}, mask ${subnetMask}`,
    );
  }
  return [
    "--start-address",
    startAddress,
    "--end-address",
    endAddress,
    "--subnet-mask",
    subnetMask,
  ];
}

function requireAddress(name: string, text: string): number {
  const address = parseIpv4(text);
  if (address === undefined)
    throw invalidOption(`the ${name} is no IPv4 address: ${JSON.stringify(text)}`);
  if (isPrivate(address)) return address;
  throw invalidOption(`the ${name} is not a private address (RFC 1918): ${JSON.stringify(text)}`);
}

function brokerArgv(options: NetworkOptions, context: HelperArgvContext): string[] {
  const { network = "", mode, interfaceId, sharedInterface } = options;
  requireName("network", network);
  const excluded = [
    ["mode", mode],
    // This one the helper would ignore.
    ["interface id", interfaceId],
    ["shared interface", sharedInterface],
    ...addressOptions(options),
  ];
  for (const [name, value] of excluded) {
    if (value === undefined) continue;
    throw invalidOption(
      `the ${name} ${JSON.stringify(value)} cannot be set: the network ${JSON.stringify(network)} has its own`,
    );
  }
  requireHelper("a network of vmnet-broker", 10, context);
  if (context.macosMajor !== undefined && context.macosMajor < ROOTLESS_MACOS_MAJOR) {
    throw invalidOption(
      `a network of vmnet-broker needs macOS ${ROOTLESS_MACOS_MAJOR}, this is ${context.macosMajor}`,
    );
  }
  return ["--network", network];
}
