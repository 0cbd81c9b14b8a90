// Everything that can be wrong without running a test. Quiet when all is well.
import { spawnSync } from "node:child_process";
import { globSync } from "./glob.mjs";

const steps = [
  // Lint and types look into the builds of other packages.
  ["build", "turbo", "run", "build", "--output-logs=errors-only"],
  ["format", "oxfmt", "--check", "."],
  ["lint", "oxlint", "--type-aware", "--deny-warnings"],
  ["types", "turbo", "run", "typecheck", "--output-logs=errors-only"],
  ["public API", "node", "scripts/api.mjs"],
  ["layers", "turbo", "boundaries"],
  ["unused code", "knip"],
  ["workspace", "sherif"],
  ["specification", "node", "scripts/specification.mjs"],
  ["options", "node", "scripts/options.mjs"],
  ["READMEs", "node", "scripts/readmes.mjs"],
  ["measured tables", "node", "scripts/speed.mjs"],
  ["workflows", "node", "scripts/actionlint.mjs"],
  ...globSync("package.json")
    .filter((path) => path.startsWith("packages/") || path.startsWith("apps/cli/"))
    .map((path) => [`package ${path}`, "publint", "--strict", path.replace("/package.json", "")]),
];

let failed = 0;
for (const [name, command, ...args] of steps) {
  const result = spawnSync(command, args, {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", TURBO_TELEMETRY_DISABLED: "1" },
  });
  const said = `${result.stdout ?? ""}${result.stderr ?? ""}`.trim();
  if (result.status === 0) {
    if (said.startsWith("not run: ")) console.log(`check: ${name} ${said}`);
    continue;
  }
  failed += 1;
  console.error(
    `check: ${name} (${[command, ...args].join(" ")}) failed\n${said || result.error}\n`,
  );
}
if (failed > 0) process.exitCode = 1;
else console.log(`check: ${steps.length} checks, all quiet`);
