// Checks .github/workflows with actionlint, which is a Go program; says so where there is no Go.
import { spawnSync } from "node:child_process";

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

if (spawnSync("go", ["version"]).status !== 0) {
  console.log("actionlint was not run: it needs Go (https://go.dev/dl)");
} else {
  // Without -mod=mod a vendor directory or a go.work above this one could change the version.
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" };
  const result = spawnSync("go", ["run", ACTIONLINT, "-no-color"], { stdio: "inherit", env });
  process.exitCode = result.status ?? 1;
}
