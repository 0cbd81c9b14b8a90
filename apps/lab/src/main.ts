#!/usr/bin/env node
import { createHost } from "@vfkit-machine/host";
import { Command } from "commander";
import { join } from "node:path";
import { enterLab } from "./enter.js";
import { cacheDirectory, ensureGuestIso } from "./guest-iso.js";
import { HOST_REPOSITORY } from "./lab-paths.js";
import { prepare, requirePrepared } from "./prepare.js";
import { printError } from "./print-error.js";

/** Exit code when the lab itself fails, as of env(1): a command's own code is never mistaken for it. */
const LAB_FAILED = 125;

interface RunFlags {
  readonly userNamespace?: boolean;
  readonly asRoot?: boolean;
}

/** `VFM_LAB_ARCH` makes the lab a Mac of another architecture than this computer's, by emulation. */
const arch = process.env["VFM_LAB_ARCH"] ?? "";
const host = createHost(arch === "" ? {} : { arch });
const note = (line: string): void => void process.stderr.write(`vfm-lab: ${line}\n`);

async function runInLab(command: readonly string[], flags: RunFlags): Promise<number> {
  await requirePrepared(host);
  const userNamespace = flags.userNamespace === true || host.uid !== 0;
  return enterLab(host, {
    userNamespace,
    config: {
      command,
      asRoot: flags.asRoot === true,
      userNamespace,
      repository: HOST_REPOSITORY,
      cwd: process.cwd(),
      arch: host.arch,
      guestIso: await ensureGuestIso(host),
      node: process.execPath,
      kvmVerdict: join(cacheDirectory(host), "kvm-works.json"),
    },
  });
}

function withFlags(command: Command): Command {
  return command
    .option("--user-namespace", "enter without root's powers (the default for plain users)")
    .option("--as-root", "be root inside instead of the plain user mac");
}

function createProgram(shell: string): Command {
  const program = new Command("vfm-lab")
    .description(
      "A Mac's surroundings on Linux: network, bootpd, vmnet-helper, socketfilterfw, guest",
    )
    .enablePositionalOptions();
  program
    .command("prepare")
    .description("install the Debian packages that are missing and build the guest's ISO")
    .action(async () => {
      note(`ready: ${await prepare(host, note)}`);
    });
  program
    .command("iso")
    .description("print the path of the guest's ISO, built when it is not there")
    .action(async () => {
      process.stdout.write(`${await ensureGuestIso(host)}\n`);
    });
  withFlags(program.command("run").description("run one command in the lab"))
    .passThroughOptions()
    .argument("<command...>", "after --, the command and its arguments")
    .action(async (command: string[], flags: RunFlags) => {
      process.exitCode = await runInLab(command, flags);
    });
  withFlags(program.command("shell").description("open a shell in the lab")).action(
    async (flags: RunFlags) => {
      note("exit leaves the lab, and nothing of it stays; labctl turns its knobs");
      process.exitCode = await runInLab([shell], flags);
    },
  );
  return program;
}

/** `vfm-lab -- CMD ARGS...` is `vfm-lab run -- CMD ARGS...`, and without arguments it is a shell. */
function withVerb(words: readonly string[]): string[] {
  const [first, ...rest] = words;
  if (first === undefined) return ["shell"];
  return first === "--" ? ["run", "--", ...rest] : [...words];
}

const argv = withVerb(process.argv.slice(2));
try {
  await createProgram("/bin/bash").parseAsync(argv, { from: "user" });
} catch (error) {
  printError(error);
  process.exitCode = argv[0] === "run" || argv[0] === "shell" ? LAB_FAILED : 1;
}
