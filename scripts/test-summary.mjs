import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { globSync } from "./glob.mjs";

/** Adds up the reports that vitest left, names what failed or was skipped, and returns how many failed. */
export function printSummary() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const skips = [];
  for (const folder of globSync(".reports")) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
      const report = JSON.parse(readFileSync(join(folder, name), "utf8"));
      for (const file of report.testResults) {
        const where = folder.replace(/\/\.reports$/, "");
        if (file.assertionResults.length === 0 && file.status === "failed") {
          counts.failed += 1;
          failures.push(`${where}: ${file.name}: ${file.message}`);
        }
        for (const test of file.assertionResults) {
          const line = `${where}: ${test.fullName}`;
          if (test.status === "passed") counts.passed += 1;
          else if (test.status === "failed") {
            counts.failed += 1;
            failures.push(line);
          } else {
            counts.skipped += 1;
            skips.push(test.meta?.note === undefined ? line : `${line} (${test.meta.note})`);
          }
        }
      }
    }
  }
  if (skips.length > 0)
    console.log(`\nSkipped here:\n${skips.map((line) => `  ${line}`).join("\n")}`);
  if (failures.length > 0)
    console.log(`\nFailed:\n${failures.map((line) => `  ${line}`).join("\n")}`);
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed;
}
