/**
 * As much of Go's `net/url` as decides which URIs vfkit takes and what it reads in them. Go keeps the
 * path as bytes; here it must be UTF-8, as every file name on macOS is.
 */

export interface GoUrl {
  /** Lower case. */
  readonly scheme: string;
  /** What follows the colon when it does not start with a slash; host and path are then empty. */
  readonly opaque: string;
  /** With its port and brackets. */
  readonly host: string;
  /** Decimal digits, or empty. */
  readonly port: string;
  /** Percent-decoded. */
  readonly path: string;
}

const USERINFO = /^[\w\-.:~!$&'()*+,;=%@]*$/;
/** An address in brackets, with a zone or not, or a name; then a port. Go also takes names that no resolver knows. */
const HOST =
  /^(?:\[[\da-f:.]+(?:%25[\w\-.~]+)?\]|[\w\-.~!$&'()*+,;=<>"\u0080-\u{10ffff}]*)(?::(\d*))?$/iu;

/**
 * `url.ParseRequestURI`, or `url.Parse` with `fragment`, of an absolute URI.
 *
 * @returns undefined where Go returns an error, and for a URI without a scheme
 */
export function parseGoUrl(
  text: string,
  options: { readonly fragment?: boolean } = {},
): GoUrl | undefined {
  const [withoutFragment = "", fragment = ""] = options.fragment === true ? cut(text, "#") : [text];
  if (/[\0-\u001f\u007f]/.test(withoutFragment) || unescape(fragment) === undefined)
    return undefined;
  const [, scheme, hierarchy] = /^([a-z][a-z\d+.-]*):(.*)$/is.exec(withoutFragment) ?? [];
  if (scheme === undefined || hierarchy === undefined) return undefined;
  const [rest] = cut(hierarchy, "?");
  const url = { scheme: scheme.toLowerCase(), opaque: "", host: "", port: "", path: "" };
  if (!rest.startsWith("/")) return { ...url, opaque: rest };
  const [, authority = "", rawPath = ""] = /^(?:\/\/([^/]*))?(.*)$/s.exec(rest) ?? [];
  const host = parseAuthority(authority);
  const path = unescape(rawPath);
  if (host === undefined || path === undefined) return undefined;
  return { ...url, ...host, path };
}

function cut(text: string, separator: string): [string, string] {
  const index = text.indexOf(separator);
  return index === -1 ? [text, ""] : [text.slice(0, index), text.slice(index + 1)];
}

function parseAuthority(authority: string): { host: string; port: string } | undefined {
  const at = authority.lastIndexOf("@");
  const userinfo = authority.slice(0, Math.max(at, 0));
  if (!USERINFO.test(userinfo) || unescape(userinfo) === undefined) return undefined;
  const [host, port = ""] = HOST.exec(authority.slice(at + 1)) ?? [];
  return host === undefined ? undefined : { host, port };
}

/** Percent-decodes. @returns undefined for a bad escape, and for bytes that are not UTF-8 */
function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
