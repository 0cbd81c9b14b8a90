import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../src/vfm.js";
import type { openStore } from "./surroundings.js";

/** Runs a command with `--json` and insists that its result is what the published schema says. */
export async function jsonAs<T>(
  vfm: Awaited<ReturnType<typeof openStore>>,
  schema: string,
  ...args: readonly string[]
): Promise<T> {
  const result = await vfm.json<T>(...args);
  const wrong = problems(schema, result);
  if (wrong !== "") {
    throw new Error(`vfm ${args.join(" ")}: ${wrong}\n${JSON.stringify(result, undefined, 2)}`);
  }
  return result;
}

/** What a schema of docs/cli/schemas says against a value; empty when the value is as it says. */
export function problems(schema: string, value: unknown): string {
  const path = join(REPOSITORY, "docs/cli/schemas", `${schema}.json`);
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(readFileSync(path, "utf8")) as object);
  return validate(value) ? "" : ajv.errorsText(validate.errors);
}
