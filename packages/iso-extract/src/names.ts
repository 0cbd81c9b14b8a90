import { isUtf8 } from "node:buffer";

const UNSAFE = /[\0/]/;
/** Anything but harmless ASCII: one test for what is rare. */
const UNUSUAL = /[\0/\u0080-\u00ff]/;

/** Is it ASCII, and certain not to lead elsewhere? True of nearly all names, and quick to tell. */
export function isOrdinaryName(latin1: string): boolean {
  return latin1.length > 2 && !UNUSUAL.test(latin1);
}

/**
 * A name out of bytes, which come as Latin-1 text, one character each. Names are UTF-8 where they can
 * be; others stay Latin-1, so that no byte is lost.
 */
export function decodeName(latin1: string): string {
  if (isOrdinaryName(latin1)) return latin1;
  const bytes = Buffer.from(latin1, "latin1");
  return isUtf8(bytes) ? bytes.toString("utf8") : latin1;
}

/** A Joliet name: UCS-2 big-endian, in practice UTF-16. An odd last byte is dropped. */
export function decodeJolietName(latin1: string): string {
  const bytes = Buffer.from(latin1.slice(0, latin1.length & ~1), "latin1");
  return bytes.swap16().toString("utf16le");
}

/** `BZIMAGE.;1` is shown as `BZIMAGE`; any other version stays, to tell `A.TXT;2` from `A.TXT`. */
export function withoutVersion(recorded: string): string {
  return withoutTrailingDots(recorded, recorded.endsWith(";1") ? recorded.length - 2 : undefined);
}

/** @returns the name up to `length` less its trailing dots; as it was when nothing would be left */
function withoutTrailingDots(name: string, length: number = name.length): string {
  let end = length;
  while (end > 0 && name.charCodeAt(end - 1) === 0x2e) end -= 1;
  return end === name.length || end === 0 ? name : name.slice(0, end);
}

/** What two names have in common that match loosely: no case, version, trailing dots, one Unicode form. */
export function foldName(name: string): string {
  const version = /;\d*$/.exec(name);
  return withoutTrailingDots(name, version?.index).normalize("NFC").toLowerCase();
}

/** Names that no directory entry can bear, and that would lead elsewhere when joined to a path. */
export function isUnsafeName(name: string): boolean {
  return name === "" || name === "." || name === ".." || UNSAFE.test(name);
}

/** Splits a path inside an image. `.` and empty components vanish, `..` stays. */
export function splitPath(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** Those of `names` that a person may have meant by `wanted`, best first, at most `count`. */
export function closeNames(wanted: string, names: readonly string[], count = 3): string[] {
  const folded = foldName(wanted).slice(0, 64);
  const limit = folded.length <= 3 ? 1 : Math.max(2, Math.floor(folded.length / 3));
  return names
    .map((name) => ({ name, distance: editDistance(folded, foldName(name).slice(0, 64)) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ name }) => name);
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
