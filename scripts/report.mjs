// Runs the whole suite, or the command after `--`, and packs all that it takes to find out from afar
// why it failed: what it printed, the tests' reports, the machines' logs, and what this computer is.
// Ctrl-C, or a CI that ends it, ends the command; what there is by then is packed.
//   node scripts/report.mjs [FILE.tar.gz] [-- COMMAND ARGS...]
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { globSync } from "./glob.mjs";

const HELPERS = [
  "/opt/vmnet-helper/bin/vmnet-helper",
  "/opt/homebrew/opt/vmnet-helper/libexec/vmnet-helper",
  "/usr/local/opt/vmnet-helper/libexec/vmnet-helper",
];
const dashes = process.argv.indexOf("--");
const own = process.argv.slice(2, dashes === -1 ? undefined : dashes);
const command =
  dashes === -1 ? [process.execPath, "scripts/test.mjs"] : process.argv.slice(dashes + 1);
const archive = resolve(own[0] ?? "vfkit-machine-report.tar.gz");
process.chdir(join(import.meta.dirname, ".."));
const facts = mkdtempSync(join(tmpdir(), "vfkit-machine-report-"));

try {
  const exitCode = await runAndRecord(command, join(facts, "output.txt"));
  writeFileSync(join(facts, "computer.txt"), describeComputer());
  const doctor = answerOf(process.execPath, "apps/cli/dist/main.js", "doctor", "--json");
  writeFileSync(join(facts, "doctor.json"), `${doctor}\n`);
  const files = [...globSync(".reports"), "-C", facts, "."];
  const packed = spawnSync("tar", ["-czf", archive, ...files], { stdio: "inherit" });
  if (packed.status !== 0) throw new Error(`tar exited with ${packed.status}`);
  console.log(`\n${archive}: the output, the tests' reports, the machines' logs, vfm doctor.`);
  console.log("It holds paths and names of this computer, and no keys. Look before you send it.");
  process.exitCode = exitCode;
} finally {
  rmSync(facts, { recursive: true, force: true });
}
// An interrupted command can leave programs behind that keep our pipes, and so us, alive.
process.exit();

/** Shows what the command prints, and writes it down. */
async function runAndRecord([file, ...args], path) {
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
  const exit = endOf(child, "exit");
  const close = endOf(child, "close");
  // On a terminal the whole group hears Ctrl-C; elsewhere we are told alone. What the command started
  // may live on and hold its outputs open: not waited for then.
  const interrupted = new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.on(signal, () => {
        child.kill(signal);
        done(exit);
      });
    }
  });
  const record = createWriteStream(path);
  for (const [from, to] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ]) {
    from.pipe(to, { end: false });
    from.pipe(record, { end: false });
  }
  const exitCode = await Promise.race([close, interrupted]);
  // A pipe that is still open must not write into what is ended.
  child.stdout.unpipe(record);
  child.stderr.unpipe(record);
  await new Promise((done) => record.end(done));
  return exitCode;
}

function endOf(child, event) {
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once(event, (code, signal) => done(code ?? (signal === null ? 1 : 128)));
  });
}

function describeComputer() {
  const lines = [
    ["commit", answerOf("git", "-c", "safe.directory=*", "rev-parse", "HEAD")],
    ["system", answerOf("uname", "-srm")],
    ["macOS", answerOf("sw_vers", "-productVersion")],
    ["processor", answerOf("sysctl", "-n", "machdep.cpu.brand_string")],
    ["Node.js", process.version],
    ["vfkit", answerOf("vfkit", "--version")],
    ...HELPERS.map((path) => [path, answerOf(path, "--version")]),
    ["QEMU", answerOf("qemu-system-x86_64", "--version").split("\n")[0]],
  ];
  return lines.map(([what, answer]) => `${what}: ${answer}\n`).join("");
}

/** Stdout of a program, or why there is none. */
function answerOf(file, ...args) {
  const result = spawnSync(file, args, { encoding: "utf8", timeout: 60_000 });
  if (result.error !== undefined) return `(${result.error.code ?? result.error.message})`;
  return result.stdout.trim() || `(exit code ${result.status}) ${result.stderr.trim()}`;
}
