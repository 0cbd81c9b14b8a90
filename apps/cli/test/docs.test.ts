import { createHost } from "@vfkit-machine/host";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../src/definitions/index.js";
import { documentationFiles } from "../src/docs/files.js";
import { problems } from "./support.js";

const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));

/** The formatter may align tables and break JSON as it likes. */
function normalised(path: string, text: string): unknown {
  if (path.endsWith(".json")) return JSON.parse(text);
  return text.replaceAll(/ +/g, " ").replaceAll(/-{3,}/g, "---").trim();
}

describe("what is written from the program's tables (node scripts/docs.mjs writes it anew)", () => {
  const files = documentationFiles();

  it.each([...files])("%s is as the program says", (path, text) => {
    const written = readFileSync(join(REPOSITORY, path), "utf8");
    expect(normalised(path, written)).toEqual(normalised(path, text));
  });

  it("has nothing that is left from before", () => {
    const found = readdirSync(join(REPOSITORY, "docs/cli/schemas"));
    expect(found.toSorted()).toEqual(
      [...files.keys()]
        .filter((path) => path.startsWith("docs/cli/schemas/"))
        .map((path) => path.slice("docs/cli/schemas/".length))
        .toSorted(),
    );
  });

  it("has the schema that each command names", () => {
    const named = COMMANDS.flatMap(({ schema }) => (schema === undefined ? [] : [schema]));
    expect(named.filter((schema) => !files.has(`docs/cli/schemas/${schema}.json`))).toEqual([]);
  });

  it("are schemas that refuse what is not theirs", () => {
    expect(problems("ip", { ip: "192.168.64.2" })).toBe("");
    expect(problems("ip", { ip: "here" })).toContain("ip");
    expect(problems("stop", [{ name: "c1", state: "Stopped" }])).toContain("outcome");
    expect(problems("machine", { name: "c1", memory: "4" })).toContain("memory");
  });

  it("has a manual page without a warning of groff", async () => {
    const page = join(REPOSITORY, "apps/cli/man/vfm.1");
    const { stderr } = await createHost().runner.run("sh", [
      "-c",
      'command -v groff >/dev/null || exit 0; groff -man -ww -Tutf8 "$1" >/dev/null',
      "sh",
      page,
    ]);
    expect(stderr).toBe("");
  });
});
