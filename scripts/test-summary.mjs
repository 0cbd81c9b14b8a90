import { readReports } from "./reports.mjs";

/** Adds up the reports that vitest left, names what failed or was skipped, and returns how many failed. */
export function printSummary() {
  const reports = readReports();
  const sum = (count) => reports.reduce((all, each) => all + each[count], 0);
  const skips = reports.flatMap(({ what, skips }) => skips.map((name) => `  ${what}: ${name}`));
  const failures = reports.flatMap(({ what, failures }) =>
    failures.map(({ name, reason }) => `  ${what}: ${name}: ${reason}`),
  );
  if (skips.length > 0) console.log(`\nSkipped here:\n${skips.join("\n")}`);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.join("\n")}`);
  const failed = sum("failed");
  console.log(`\n${sum("passed")} passed, ${failed} failed, ${sum("skipped")} skipped`);
  return failed;
}
