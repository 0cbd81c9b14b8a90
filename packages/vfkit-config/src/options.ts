import { quote, usageError } from "./errors.js";

/** One `key` or `key=value` of a device or a bootloader. Without a `=` the value is empty. */
export interface Option {
  readonly key: string;
  readonly value: string;
}

/** Splits each item at its first `=`; empty items (as in `virtio-rng,`) count for nothing. */
export function toOptions(items: readonly string[]): Option[] {
  return items.filter((item) => item !== "").map(toOption);
}

function toOption(item: string): Option {
  const equals = item.indexOf("=");
  if (equals === -1) return { key: item, value: "" };
  return { key: item.slice(0, equals), value: item.slice(equals + 1) };
}

/** @throws MachineError `ERR_VFKIT_USAGE` */
export function refuseOption(what: string, { key, value }: Option): never {
  throw usageError(`unknown option for ${what}: ${quote(value === "" ? key : `${key}=${value}`)}`);
}

/** For options that stand for themselves, as `readonly`. @throws MachineError `ERR_VFKIT_USAGE` */
export function refuseValue(what: string, { key, value }: Option): void {
  if (value === "") return;
  throw usageError(`the option ${key} of ${what} takes no value, but has ${quote(value)}`);
}

/** @throws MachineError `ERR_VFKIT_USAGE` */
export function invalidValue(what: string, { key, value }: Option, expected: string): never {
  throw usageError(`invalid ${key} of ${what}: ${quote(value)}`, `Expected ${expected}.`);
}
