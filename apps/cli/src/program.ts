import { Command, CommanderError, Option } from "commander";
import type { CliContext, GlobalOptions } from "./cli-context.js";
import { EXIT } from "./exit-codes.js";
import type { Terminal } from "./terminal.js";

/** What runs a command: its positional arguments and its own options. */
export type Action = (
  cli: CliContext,
  args: readonly string[],
  options: Readonly<Record<string, unknown>>,
) => Promise<number>;

/** Everything that the program needs from outside. */
export interface ProgramEnvironment {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly stdinIsTty: boolean;
  readonly version: string;
}

const EXAMPLES = `
Examples:
  vfm create c1 --iso ./boot2docker.iso --network vmnet-shared
  vfm ssh c1 -- uname -a
  vfm list
  vfm stop c1
  vfm rm c1

Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 a check before create failed,
4 no such machine, 5 machine busy, 130/143 interrupted.`;

/**
 * The command line of `vfm`. Each command's code is loaded only when it runs.
 *
 * @returns the exit code
 */
export async function runProgram(
  argv: readonly string[],
  environment: ProgramEnvironment,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const { terminal, signal, stdinIsTty } = environment;
  const program = new Command("vfm")
    .description("Linux machines on macOS, through vfkit")
    .version(`vfm ${environment.version}`, "-V, --version", "print the version")
    .addHelpText("after", EXAMPLES)
    .option("--json", "results as JSON on stdout, events as JSON lines on stderr")
    .option("-q, --quiet", "no progress")
    .option("--debug", "say what is done inside, with stacks of errors")
    .option("--store <dir>", "where machines are kept (default: $VFM_HOME, else ~/.vfm)")
    .showHelpAfterError(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.result(text.trimEnd()),
      writeErr: (text) => terminal.note(text.trimEnd()),
    });

  /** Adds a command whose action is in a module of its own. */
  const define = (spec: string, summary: string, load: () => Promise<Action>): Command =>
    program
      .command(spec)
      .description(summary)
      .exitOverride()
      .action(async (...received: unknown[]) => {
        const command = received.at(-1) as Command;
        const options: Readonly<Record<string, unknown>> = command.opts();
        const globals = program.opts<GlobalOptions>();
        const sudo = stdinIsTty && terminal.interactive ? "ask" : "never";
        const action = await load();
        exitCode = await action({ terminal, globals, signal, sudo }, command.args, options);
      });
  define(
    "create [name]",
    "make a machine from an ISO and start it",
    async () => (await import("./commands/create.js")).create,
  )
    .requiredOption("--iso <path>", "boot2docker-style ISO")
    .option("--cpus <n>", "virtual CPUs (default: 2)")
    .option("--memory <size>", "memory, as in 4GiB (default: 4GiB)")
    .option("--disk <size>", "size of the data disk, as in 20GiB (default: 20GiB)")
    .option("--extra-disk <size>", "one more disk; repeat for several", collect, [])
    .option("--network <mode>", "nat or vmnet-shared (default: nat)")
    .option("--mac <address>", "MAC address (default: derived from the name)")
    .option(
      "--mount <host:guest>",
      "show a directory in the guest; repeat for several",
      collect,
      [],
    )
    .option("--kernel-cmdline <text>", "appended to the kernel's command line")
    .option("--ssh-port <port>", "port of SSH in the guest (default: 22)")
    .option("--no-start", "make it, but do not start it")
    .addHelpText(
      "after",
      examples(
        "vfm create --iso minikube.iso",
        "vfm create c1 --iso minikube.iso --cpus 4 --memory 8GiB --network vmnet-shared",
        "vfm create c1 --iso minikube.iso --extra-disk 5GiB --mount ~/src:/src",
      ),
    );

  define(
    "start [names...]",
    "start machines and wait until SSH answers",
    async () => (await import("./commands/start.js")).start,
  )
    .option("-a, --all", "every machine")
    .addOption(new Option("--timeout <seconds>", "give up after this time").default("300"))
    .addHelpText("after", examples("vfm start c1", "vfm start --all"));

  define(
    "stop [names...]",
    "shut machines down",
    async () => (await import("./commands/stop.js")).stop,
  )
    .option("-a, --all", "every machine")
    .addOption(
      new Option("--grace <seconds>", "time that the guest has before the power is cut").default(
        "30",
      ),
    )
    .addHelpText("after", examples("vfm stop c1 c2", "vfm stop --all --grace 60"));

  define(
    "kill [names...]",
    "cut the power of machines",
    async () => (await import("./commands/stop.js")).kill,
  )
    .option("-a, --all", "every machine")
    .addHelpText("after", examples("vfm kill c1"));

  define(
    "restart [names...]",
    "stop machines and start them again",
    async () => (await import("./commands/start.js")).restart,
  )
    .option("-a, --all", "every machine")
    .addOption(
      new Option("--grace <seconds>", "time that the guest has before the power is cut").default(
        "30",
      ),
    )
    .addOption(new Option("--timeout <seconds>", "give up starting after this time").default("300"))
    .addHelpText("after", examples("vfm restart c1"));

  define(
    "pause [names...]",
    "halt the CPUs of running machines",
    async () => (await import("./commands/pause.js")).pause,
  ).option("-a, --all", "every machine");

  define(
    "resume [names...]",
    "let paused machines go on",
    async () => (await import("./commands/pause.js")).resume,
  ).option("-a, --all", "every machine");

  define(
    "rm [names...]",
    "remove machines with all they have, disks included",
    async () => (await import("./commands/remove.js")).remove,
  )
    .alias("delete")
    .option("-a, --all", "every machine")
    .option("-f, --force", "also when it runs (its power is cut)")
    .addHelpText("after", examples("vfm rm c1", "vfm rm --all --force"));

  define("list", "list machines", async () => (await import("./commands/list.js")).list)
    .alias("ls")
    .option("--names", "names only, one a line")
    .addHelpText("after", examples("vfm list", "vfm list --json | jq -r '.[].name'"));

  define(
    "status [names...]",
    "print the state of machines",
    async () => (await import("./commands/status.js")).status,
  )
    .option("-a, --all", "every machine")
    .addHelpText("after", examples("vfm status c1"));

  define(
    "inspect [name]",
    "print all that is known of a machine, as JSON",
    async () => (await import("./commands/inspect.js")).inspect,
  ).addHelpText("after", examples("vfm inspect c1"));

  define(
    "ip [name]",
    "print the address of a running machine",
    async () => (await import("./commands/address.js")).ip,
  ).addHelpText("after", examples("ping $(vfm ip c1)"));

  define(
    "url [name]",
    "print the Docker address of a machine; empty when it does not run",
    async () => (await import("./commands/address.js")).url,
  ).addHelpText("after", examples("vfm url c1"));

  define(
    "ssh [name] [command...]",
    "open a shell in a machine, or run a command there",
    async () => (await import("./commands/ssh.js")).ssh,
  )
    .alias("shell")
    .passThroughOptions()
    .addHelpText(
      "after",
      examples("vfm ssh c1", "vfm ssh c1 -- df -h", "echo hello | vfm ssh c1 -- cat"),
    );

  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // Help and version end here as well, with 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    throw error;
  }
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
