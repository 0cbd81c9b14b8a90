import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { globSync } from "./glob.mjs";

/**
 * What vitest left in `.reports` of each package and app, in order of their names: counts, the names
 * of what was skipped, and of what failed with the first line of why.
 */
export function readReports() {
  return globSync(".reports")
    .map((folder) => readFolder(folder))
    .toSorted((one, other) => one.what.localeCompare(other.what));
}

function readFolder(folder) {
  const what = folder.replace(/[/\\]\.reports$/, "");
  const result = { what, passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
    const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
    for (const file of report.testResults) {
      // It could not be loaded, or what it does before its tests failed.
      const hasFailedTest = file.assertionResults.some(({ status }) => status === "failed");
      if (file.status === "failed" && !hasFailedTest) {
        fail(result, file.name, file.message);
      }
      for (const test of file.assertionResults) {
        if (test.status === "passed") result.passed += 1;
        else if (test.status === "failed") fail(result, test.fullName, test.failureMessages[0]);
        else {
          result.skipped += 1;
          const note = test.meta?.note;
          result.skips.push(note === undefined ? test.fullName : `${test.fullName} (${note})`);
        }
      }
    }
  }
  return result;
}

function fail(result, name, message = "no reason") {
  const reason = stripVTControlCharacters(message).split("\n", 1)[0].slice(0, 300);
  result.failed += 1;
  result.failures.push({ name, reason });
}
