import { isBootpdBlocked, readFirewallState, type BootpdVerdict } from "@vfkit-machine/firewall";
import { readMacosVersion, type Host, type MacosVersion } from "@vfkit-machine/host";

/** The firewall's verdict, and the macOS that it was made for. */
export interface CurrentBootpdVerdict extends BootpdVerdict {
  readonly macosVersion: MacosVersion | undefined;
}

/**
 * Does the firewall keep bootpd from hearing guests?
 *
 * @throws MachineError when the firewall or macOS cannot be asked; `ERR_ABORTED`
 */
export async function readBootpdVerdict(
  host: Host,
  signal?: AbortSignal,
): Promise<CurrentBootpdVerdict> {
  const [state, macosVersion] = await Promise.all([
    readFirewallState(host, { signal }),
    readMacosVersion(host),
  ]);
  return { ...isBootpdBlocked(state, macosVersion), macosVersion };
}
