import { TF, ascii } from "./layout.js";

/** A point in time as the 7 bytes of ECMA-119 9.1.5: a directory record's, and Rock Ridge's. */
export function readShortTime(view: DataView, at: number): Date | undefined {
  return makeDate({
    year: view.getUint8(at) + 1900,
    month: view.getUint8(at + 1),
    day: view.getUint8(at + 2),
    hour: view.getUint8(at + 3),
    minute: view.getUint8(at + 4),
    second: view.getUint8(at + 5),
    quarters: view.getInt8(at + 6),
  });
}

/** The 17 bytes of ECMA-119 8.4.26.1: 16 digits down to hundredths of a second, and the offset. */
export function readLongTime(view: DataView, at: number): Date | undefined {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, TF.longBytes);
  const digits = ascii(bytes, 0, 16);
  if (!/^\d{16}$/.test(digits)) return undefined;
  const field = (from: number, to: number): number => Number(digits.slice(from, to));
  return makeDate({
    year: field(0, 4),
    month: field(4, 6),
    day: field(6, 8),
    hour: field(8, 10),
    minute: field(10, 12),
    second: field(12, 14),
    quarters: view.getInt8(at + 16),
  });
}

interface TimeFields {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  /** Offset from UTC in quarters of an hour. */
  readonly quarters: number;
}

/** @returns undefined for a time that is not stated, or stated as nonsense */
function makeDate(fields: TimeFields): Date | undefined {
  const { year, month, day, hour, minute, second, quarters } = fields;
  const sane =
    // Date.UTC takes years below 100 for those of the last century.
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    hour <= 23 &&
    minute <= 59 &&
    second <= 60 &&
    // ECMA-119 8.4.26.1 allows -48 to 52; Kiribati needs 56.
    quarters >= -48 &&
    quarters <= 56;
  if (!sane) return undefined;
  return new Date(Date.UTC(year, month - 1, day, hour, minute - quarters * 15, second));
}
