import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Project, ROOT } from "./project.js";

const PUBLISHING = fileURLToPath(new URL("../..", import.meta.url));

/** How a package's README test ended, and what it said. */
export interface ReadmeOutcome {
  readonly status: string;
  readonly messages: readonly string[];
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Runs each package's own README test, but with the example inside the project, against the tarballs. */
export async function runReadmes(project: Project): Promise<ReadonlyMap<string, ReadmeOutcome>> {
  const report = join(project.directory, "readmes.json");
  const vitest = join(
    dirname(createRequire(import.meta.url).resolve("vitest/package.json")),
    "vitest.mjs",
  );
  const config = join(PUBLISHING, "readmes.vitest.config.ts");
  const args = ["run", "--config", config, "--reporter=json"];
  let failure: unknown;
  try {
    const env = { VFM_README_PROJECT: project.directory };
    await project.run(process.execPath, [vitest, ...args, `--outputFile=${report}`], env);
  } catch (error) {
    // A failed example is reported below, by package; without a report there is only this.
    failure = error;
  }
  return parseReport(
    await readFile(report, "utf8").catch((cause: unknown) => {
      throw failure ?? cause;
    }),
  );
}

function parseReport(text: string): ReadonlyMap<string, ReadmeOutcome> {
  const { testResults } = JSON.parse(text) as Report;
  return new Map(
    testResults.map(({ name, message, assertionResults }) => [
      dirname(dirname(relative(ROOT, name))),
      {
        status: assertionResults.map(({ status }) => status).join(" ") || "failed",
        messages: [
          ...(message === "" ? [] : [message]),
          ...assertionResults.flatMap(({ title, failureMessages }) => [title, ...failureMessages]),
        ],
      },
    ]),
  );
}
