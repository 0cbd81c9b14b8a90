import { isStateKey, readFirstValue, type FirstValue } from "./go-json.js";
import { describeState, isStateChange, type MachineState, type StateChange } from "./states.js";

/** What a request asks for. */
export type RestRequest =
  | { readonly kind: "state" }
  | { readonly kind: "inspect" }
  | { readonly kind: "change"; readonly change: StateChange }
  | { readonly kind: "refused"; readonly reply: RestReply };

export interface RestReply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly location?: string;
  readonly body: string;
}

const READABLE: ReadonlySet<string> = new Set(["/vm/state", "/vm/inspect"]);

/**
 * Reads a request as vfkit's router and JSON binding do: only the three known pairs of method and
 * path exist; in the body unknown keys are passed over, and a key matches whatever its case.
 *
 * @param target path, percent-encoded or not, and query
 */
export function readRequest(method: string, target: string, body: string): RestRequest {
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : target.slice(mark);
  const path = decodePath(mark === -1 ? target : target.slice(0, mark));
  if (path === undefined) return refused(badRequest());
  const withoutSlash = path.endsWith("/") ? path.slice(0, -1) : path;
  if (withoutSlash !== path && isRoute(method, withoutSlash)) {
    return refused(redirect(method, withoutSlash + query));
  }
  if (!isRoute(method, path)) return refused(notFound());
  if (method === "GET") return { kind: path === "/vm/state" ? "state" : "inspect" };
  return readChange(body);
}

function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function isRoute(method: string, path: string): boolean {
  if (method === "POST") return path === "/vm/state";
  return method === "GET" && READABLE.has(path);
}

function readChange(body: string): RestRequest {
  if (body.trim() === "") return refused(errorReply(400, "EOF"));
  let first: FirstValue;
  try {
    first = readFirstValue(body);
  } catch (error) {
    return refused(errorReply(400, (error as Error).message));
  }
  if (first.kind === "other" && first.value !== null) {
    return refused(errorReply(400, "json: cannot unmarshal the value into a VM state"));
  }
  const members = first.kind === "object" ? first.members : [];
  // The last counts, but for null, which sets nothing; one that is no string spoils all.
  const states = members.flatMap(([key, value]) =>
    isStateKey(key) && value !== null ? [value] : [],
  );
  if (!states.every((value) => typeof value === "string")) {
    return refused(errorReply(400, "json: cannot unmarshal the field state into a string"));
  }
  const state = states.at(-1) ?? "";
  return isStateChange(state)
    ? { kind: "change", change: state }
    : refused(errorReply(500, `invalid new VMState: ${state}`));
}

export function stateReply(state: MachineState): RestReply {
  return jsonReply(200, describeState(state));
}

/** 202 without a body; the documentation of vfkit says 200. */
export function acceptedReply(): RestReply {
  return { status: 202, contentType: undefined, body: "" };
}

export function errorReply(status: 400 | 413 | 500, message: string): RestReply {
  return jsonReply(status, { error: message });
}

export function jsonReply(status: number, value: unknown): RestReply {
  return {
    status,
    contentType: "application/json; charset=utf-8",
    body: JSON.stringify(value),
  };
}

function notFound(): RestReply {
  return { status: 404, contentType: "text/plain", body: "404 page not found" };
}

/** A GET that is redirected also gets a page, for people. */
function redirect(method: string, location: string): RestReply {
  if (method !== "GET") return { status: 307, contentType: undefined, location, body: "" };
  const contentType = "text/html; charset=utf-8";
  const href = location.replaceAll(/[&<>"']/g, (character) => HTML_ESCAPES[character] ?? character);
  return {
    status: 301,
    contentType,
    location,
    body: `<a href="${href}">Moved Permanently</a>.\n\n`,
  };
}

const HTML_ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

/** Of Go's server, before any route. */
function badRequest(): RestReply {
  return { status: 400, contentType: "text/plain; charset=utf-8", body: "400 Bad Request" };
}

function refused(reply: RestReply): RestRequest {
  return { kind: "refused", reply };
}
