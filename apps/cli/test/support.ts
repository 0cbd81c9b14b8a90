import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The built program. */
export const VFM: string = fileURLToPath(new URL("../dist/main.js", import.meta.url));

const SCHEMAS = new URL("../../../docs/cli/schemas/", import.meta.url);

/** What a published schema says against a value; empty when the value is as it says. */
export function problems(schema: string, value: unknown): string {
  const text = readFileSync(new URL(`${schema}.json`, SCHEMAS), "utf8");
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  formats.default(ajv);
  const validate = ajv.compile(JSON.parse(text) as object);
  return validate(value) ? "" : ajv.errorsText(validate.errors);
}
