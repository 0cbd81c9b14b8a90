import { TF, ascii, u8 } from "./layout.js";

/**
 * A point in time as two small integers, so that a hundred thousand entries cost no `Date` each:
 * `day` is year, month and day (0 when there is none), `second` the second of the day and the offset
 * from UTC in quarters of an hour.
 */
export interface PackedTime {
  day: number;
  second: number;
}

export const NO_TIME: Readonly<PackedTime> = { day: 0, second: 0 };

/** The 7 bytes of ECMA-119 9.1.5 at `at`, into `target`. */
export function packShortTime(bytes: Uint8Array, at: number, target: PackedTime): void {
  const quarters = (u8(bytes, at + 6) << 24) >> 24;
  pack(
    target,
    u8(bytes, at) + 1900,
    u8(bytes, at + 1),
    u8(bytes, at + 2),
    u8(bytes, at + 3) * 3600 + u8(bytes, at + 4) * 60 + u8(bytes, at + 5),
    quarters,
  );
}

/** The 17 bytes of ECMA-119 8.4.26.1 at `at`: 16 digits and the offset from UTC. */
export function packLongTime(bytes: Uint8Array, at: number, target: PackedTime): void {
  const digits = ascii(bytes, at, 16);
  if (!/^\d{16}$/.test(digits)) {
    target.day = 0;
    return;
  }
  const field = (from: number, to: number): number => Number(digits.slice(from, to));
  pack(
    target,
    field(0, 4),
    field(4, 6),
    field(6, 8),
    field(8, 10) * 3600 + field(10, 12) * 60 + field(12, 14),
    (u8(bytes, at + 16) << 24) >> 24,
  );
}

/** Either form, as Rock Ridge's TF uses them. */
export function packTime(bytes: Uint8Array, at: number, long: boolean, target: PackedTime): void {
  if (long) packLongTime(bytes, at, target);
  else packShortTime(bytes, at, target);
}

/** @returns undefined for a time that the image does not state, or states as nonsense */
export function toDate(time: Readonly<PackedTime>): Date | undefined {
  const { day, second } = time;
  if (day === 0) return undefined;
  const quarters = (second >> 17) - 128;
  const year = day >> 9;
  const month = (day >> 5) & 15;
  return new Date(Date.UTC(year, month - 1, day & 31, 0, -quarters * 15, second & 0x1ffff));
}

/** The date of a volume descriptor. */
export function readLongTime(bytes: Uint8Array, at: number): Date | undefined {
  const time = { ...NO_TIME };
  packLongTime(bytes, at, time);
  return toDate(time);
}

/** How long one time stamp of a TF entry with these flags is. */
export function stampBytes(flags: number): number {
  return (flags & TF.longForm) === 0 ? TF.shortBytes : TF.longBytes;
}

function pack(
  target: PackedTime,
  year: number,
  month: number,
  day: number,
  second: number,
  quarters: number,
): void {
  const sane =
    year >= 100 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31 &&
    second < 86_401 &&
    quarters >= -52 &&
    quarters <= 56;
  target.day = sane ? (year << 9) | (month << 5) | day : 0;
  target.second = ((quarters + 128) << 17) | second;
}
