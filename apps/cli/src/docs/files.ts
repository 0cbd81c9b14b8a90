import { manualPage } from "./manual.js";
import { referenceMarkdown } from "./reference.js";
import { jsonSchemas } from "./schemas.js";

/** Everything that is written from the program's own tables, by its path in the repository. */
export function documentationFiles(): ReadonlyMap<string, string> {
  const schemas = Object.entries(jsonSchemas()).map(
    ([name, schema]) =>
      [`docs/cli/schemas/${name}.json`, `${JSON.stringify(schema, null, 2)}\n`] as const,
  );
  return new Map([
    ["docs/cli/reference.md", referenceMarkdown()],
    ["apps/cli/man/vfm.1", manualPage()],
    ...schemas,
  ]);
}
