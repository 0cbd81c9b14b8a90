import type { SshTarget } from "@vfkit-machine/guest-ssh";
import type { Subject } from "./context.js";

/** Where the guest answers SSH when it has this address. */
export function sshTarget(
  { config, paths }: Pick<Subject, "config" | "paths">,
  ip: string,
): SshTarget {
  return {
    host: ip,
    port: config.sshPort,
    user: config.sshUser,
    privateKeyPath: paths.key,
    knownHostsPath: paths.knownHosts,
    hostKeyAlias: config.name,
  };
}
