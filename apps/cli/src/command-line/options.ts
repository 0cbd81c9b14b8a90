import { UsageError } from "../exit-codes.js";
import type { ParsedOptions } from "./types.js";

/** Was an option without a value given? */
export function flag(options: ParsedOptions, name: string): boolean {
  return options[name] === true;
}

/** The value of an option; undefined when it was not given. */
export function text(options: ParsedOptions, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that repeats, in order. */
export function list(options: ParsedOptions, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? (value as readonly string[]) : [];
}

/** Reads the value of an option as a whole number. @throws UsageError */
export function wholeNumber(options: ParsedOptions, name: string): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new UsageError(`--${name} ${JSON.stringify(value)}: not a whole number`);
}

/** Reads the seconds of an option as milliseconds. @throws UsageError */
export function secondsMs(options: ParsedOptions, name: string, otherwise: number): number {
  const value = text(options, name);
  if (value === undefined) return otherwise * 1000;
  const seconds = Number(value);
  if (value.trim() === "" || !Number.isFinite(seconds) || seconds < 0) {
    throw new UsageError(`--${name} ${JSON.stringify(value)}: not a number of seconds`);
  }
  return Math.round(seconds * 1000);
}
