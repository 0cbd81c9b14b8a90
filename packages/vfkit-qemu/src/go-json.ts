/** A member of a JSON object, as it stands there: a key may come more than once. */
export type JsonMember = readonly [key: string, value: unknown];

/** What Go's decoder takes of a text. */
export type FirstValue =
  | { readonly kind: "object"; readonly members: readonly JsonMember[] }
  | { readonly kind: "other"; readonly value: unknown };

/** Strings, what separates, words. */
const TOKEN = /"(?:[^"\\]|\\[^])*"?|[{}[\],:]|null|true|false|[^\s{}[\],:"]+/g;

/**
 * Reads the first JSON value of a text as Go's `json.Decoder` does: what follows it is not looked at,
 * and an object's members are given in their order, also those whose key comes again.
 *
 * @throws SyntaxError
 */
export function readFirstValue(text: string): FirstValue {
  const found: { key: string; from: number; to: number }[] = [];
  let depth = 0;
  let key: string | undefined;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (depth === 1 && token.startsWith('"')) key ??= token;
    if (depth === 1 && token === ":") from = index + 1;
    if (depth === 1 && (token === "," || token === "}") && key !== undefined) {
      found.push({ key, from, to: index });
      key = undefined;
    }
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (depth > 0) continue;
    const value = JSON.parse(text.slice(0, index + token.length)) as unknown;
    if (token !== "}") return { kind: "other", value };
    const members = found.map((member): JsonMember => [
      JSON.parse(member.key) as string,
      JSON.parse(text.slice(member.from, member.to)),
    ]);
    return { kind: "object", members };
  }
  // Nothing, or it is cut short: the error says so.
  return { kind: "other", value: JSON.parse(text) as unknown };
}

/** Does a key of an object stand for the field `state` of a Go struct? Letters match whatever their case. */
export function isStateKey(key: string): boolean {
  // The long s is the one other letter that folds to one of these.
  return /^[sSſ][tT][aA][tT][eE]$/.test(key);
}
