/** What vfkit-config refuses though vfkit's parser takes it, by our message, and why. */
export const REFUSED_BY_US_ALONE = {
  // Apple's framework, which vfkit asks after its parser.
  "apple-zero": /^invalid (?:number of CPUs|memory): /,
  "apple-tag": /: the mount tag .* has \d+ bytes$/s,
  "apple-id": /: invalid deviceId: /,
  "apple-nested": /^nested virtualization does not work with the macos bootloader$/,
  // vfkit's pkg/vf, which is built on macOS only.
  "vf-missing": /: [a-zA-Z]+ is missing or empty$|^the \w+ bootloader needs /,
  "vf-nbd": /^nbd: (?:not the URI of an NBD server|a slash in deviceId): /,
  // macOS: what a socket's path may have.
  "socket-path": /macOS allows \d+|leave room for vfkit's own socket/,
  // vfkit would use something else than what stands there.
  "misread-vsock": /^virtio-vsock: vfkit would use another path than /,
  "misread-mac": /^invalid mac of virtio-net: /,
  "misread-none": /understands none:\/\/ in this very spelling only$/,
  // No socket can be made of it.
  "rest-port": /: a TCP URI needs a port up to 65535$/,
  "rest-host": /^not an address for vfkit's REST API: .*: it is not a URL$/s,
} as const satisfies Readonly<Record<string, RegExp>>;

export type Reason = keyof typeof REFUSED_BY_US_ALONE;

/** All of them. */
export const REASONS: readonly Reason[] = Object.keys(REFUSED_BY_US_ALONE) as Reason[];

/** The reason of a refusal that is ours alone; undefined: none is known, and that is a difference. */
export function reasonOf(message: string): Reason | undefined {
  return REASONS.find((name) => REFUSED_BY_US_ALONE[name].test(message));
}
