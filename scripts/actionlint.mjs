// Checks .github/workflows with actionlint, which is a Go program; says so where it cannot run.
import { spawnSync } from "node:child_process";

const ACTIONLINT = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const NO_NETWORK = /dial tcp|no such host|i\/o timeout|proxyconnect|module lookup disabled/;

if (spawnSync("go", ["version"]).status !== 0) {
  console.log("not run: actionlint needs Go (https://go.dev/dl)");
} else {
  // Without these, a vendor directory or a go.work above this one could change the version.
  const env = { ...process.env, GOFLAGS: "-mod=mod", GOWORK: "off" };
  const args = ["run", ACTIONLINT, "-no-color"];
  const { status, stdout, stderr } = spawnSync("go", args, { encoding: "utf8", env });
  if (status !== 0 && NO_NETWORK.test(stderr)) {
    console.log("not run: actionlint could not be downloaded");
  } else {
    process.stdout.write(stdout);
    // Go reports downloads there; they are of interest only when something is wrong.
    if (status !== 0) process.stderr.write(stderr);
    process.exitCode = status ?? 1;
  }
}
