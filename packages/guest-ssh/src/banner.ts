/** RFC 4253, 4.2: 255 bytes with CR LF. */
const MAX_BANNER_BYTES = 255;
/** Lines that a server may send before its identification; OpenSSH reads 1024 of them, we fewer. */
const MAX_GREETING_BYTES = 8 * 1024;

/** What the first bytes from a server are. */
export type BannerVerdict =
  | { readonly kind: "banner"; readonly banner: string }
  | { readonly kind: "incomplete" }
  | { readonly kind: "not-ssh" };

/**
 * Looks for the identification string of an SSH 2 server (`SSH-2.0-dropbear_2022.83`) in everything
 * that it has sent so far. Other lines may come first (RFC 4253, 4.2).
 */
export function readBanner(received: Uint8Array): BannerVerdict {
  const text = Buffer.from(received.subarray(0, MAX_GREETING_BYTES)).toString("latin1");
  const lines = text.split("\n");
  const rest = lines.pop() ?? "";
  const line = lines.find((line) => line.startsWith("SSH-"));
  if (line !== undefined) {
    const banner = line.replace(/\r$/, "");
    // 1.99 is a server that speaks 1 and 2 (RFC 4253, 5.1).
    return banner.length < MAX_BANNER_BYTES && /^SSH-(?:2\.0|1\.99)-[\x21-\x7e]/.test(banner)
      ? { kind: "banner", banner }
      : { kind: "not-ssh" };
  }
  const tooLong = rest.startsWith("SSH-") && rest.length > MAX_BANNER_BYTES;
  const tooMuch = received.length >= MAX_GREETING_BYTES;
  return tooLong || tooMuch ? { kind: "not-ssh" } : { kind: "incomplete" };
}
