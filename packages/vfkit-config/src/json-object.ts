import { MachineError } from "@vfkit-machine/host/errors";
import { quote } from "./errors.js";

/** An object in a JSON text of somebody else's: each reader checks the type and names the member. */
export class JsonObject {
  /** As in `devices[2]`; empty for the whole text. */
  readonly path: string;
  readonly #members: Readonly<Record<string, unknown>>;

  private constructor(path: string, members: Readonly<Record<string, unknown>>) {
    this.path = path;
    this.#members = members;
  }

  static of(value: unknown, path: string): JsonObject {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      return new JsonObject(path, value as Readonly<Record<string, unknown>>);
    }
    throw inspectError(path === "" ? "the JSON" : path, "an object", value);
  }

  /** null counts as absent, as in Go. */
  has(key: string): boolean {
    return this.#get(key) !== undefined;
  }

  string(key: string): string {
    const value = this.#get(key);
    return typeof value === "string" ? value : this.refuse(key, "a string");
  }

  /** Go leaves empty strings out of its JSON: they count as absent. */
  optionalString(key: string): string | undefined {
    return this.has(key) ? this.string(key) || undefined : undefined;
  }

  /** A whole number that is exact in JavaScript, 0 or more unless `Timeout`-like members say otherwise. */
  integer(key: string): number {
    const value = this.#get(key);
    return Number.isSafeInteger(value) ? (value as number) : this.refuse(key, "a whole number");
  }

  /** false when absent. */
  boolean(key: string): boolean {
    const value = this.#get(key);
    if (value === undefined) return false;
    return typeof value === "boolean" ? value : this.refuse(key, "true or false");
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[]): T {
    const value = this.#get(key);
    return allowed.find((text) => text === value) ?? this.refuse(key, allowed.join(" or "));
  }

  object(key: string): JsonObject {
    return JsonObject.of(this.#get(key), this.#pathOf(key));
  }

  optionalObject(key: string): JsonObject | undefined {
    return this.has(key) ? this.object(key) : undefined;
  }

  /** Empty when absent. */
  array(key: string): JsonObject[] {
    const value = this.#get(key) ?? [];
    if (!Array.isArray(value)) return this.refuse(key, "an array");
    return value.map((item, index) => JsonObject.of(item, `${this.#pathOf(key)}[${index}]`));
  }

  /** @throws MachineError `ERR_VFKIT_INSPECT` */
  refuse(key: string, expected: string): never {
    throw inspectError(this.#pathOf(key), expected, this.#get(key));
  }

  #get(key: string): unknown {
    return this.#members[key] ?? undefined;
  }

  #pathOf(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }
}

function inspectError(where: string, expected: string, value: unknown): MachineError {
  return new MachineError(
    `not vfkit's inspect JSON: ${where} should be ${expected}, but is ${quote(value)}`,
    { code: "ERR_VFKIT_INSPECT" },
  );
}
