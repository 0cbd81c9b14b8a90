import { badResponse } from "./errors.js";
import type { StateReport, VmState } from "./types.js";

const PREFIX = /^VirtualMachineState/i;
const STATES: readonly VmState[] = [
  "Stopped",
  "Running",
  "Paused",
  "Error",
  "Starting",
  "Pausing",
  "Resuming",
  "Stopping",
  "Saving",
  "Restoring",
];
const BY_LOWER_CASE = new Map(STATES.map((state) => [state.toLowerCase(), state]));
const ABILITIES = ["canStart", "canPause", "canResume", "canStop", "canHardStop"] as const;

/**
 * Reads the body of `GET /vm/state`: the JSON object of vfkit, the bare word of its early versions,
 * and what krunkit ends with a NUL byte.
 *
 * @throws MachineError `ERR_VFKIT_BAD_RESPONSE`
 */
export function readState(body: string): StateReport {
  const text = body.replace(/\0+$/, "").trim();
  const json = parseJson(text);
  if (json === undefined && /^[a-z]{1,64}$/i.test(text))
    return { state: normalise(text), raw: text };
  if (typeof json === "string" && json !== "") return { state: normalise(json), raw: json };
  const raw = isObject(json) ? json["state"] : undefined;
  if (!isObject(json) || typeof raw !== "string" || raw === "") {
    throw badResponse("the answer to /vm/state has no state", body);
  }
  const abilities = ABILITIES.map((name) => [name, json[name]] as const);
  return {
    state: normalise(raw),
    raw,
    ...Object.fromEntries(abilities.filter(([, value]) => typeof value === "boolean")),
  };
}

/** The JSON object of `GET /vm/inspect`. @throws MachineError `ERR_VFKIT_BAD_RESPONSE` */
export function readInspect(body: string): Readonly<Record<string, unknown>> {
  const json = parseJson(body.replace(/\0+$/, ""));
  if (isObject(json)) return json;
  throw badResponse("the answer to /vm/inspect is not a JSON object", body);
}

/** The message of `{"error": "..."}`, if this is one. */
export function readErrorMessage(body: string): string | undefined {
  const json = parseJson(body.replace(/\0+$/, ""));
  return isObject(json) && typeof json["error"] === "string" ? json["error"] : undefined;
}

function normalise(word: string): VmState | "Unknown" {
  return BY_LOWER_CASE.get(word.replace(PREFIX, "").toLowerCase()) ?? "Unknown";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
