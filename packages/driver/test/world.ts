import { createHost, listProcesses, type Host } from "@vfkit-machine/host";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateMachineOptions, DriverEvent } from "../src/index.js";
import { makeSurroundings } from "./fixtures/surroundings.mjs";
import { writeTinyIso } from "./fixtures/tiny-iso.mjs";

/** A store, an ISO, the little programs, and what happened. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly storeDir: string;
  readonly iso: string;
  readonly sshPort: number;
  readonly host: Host;
  readonly events: DriverEvent[];
  readonly context: {
    readonly host: Host;
    readonly storeDir: string;
    readonly onEvent: (event: DriverEvent) => void;
  };
  /** Small, and with the port at which the little guests answer. */
  options(more?: Partial<CreateMachineOptions>): CreateMachineOptions;
  /** The same world with other variables for the little programs. */
  with(env: Readonly<Record<string, string>>, overrides?: Partial<Host>): World["context"];
  /** Types of the events so far, in order. */
  eventTypes(): string[];
  /** Command lines of live processes that name this world's directory. */
  processes(): Promise<string[]>;
  /** What is in the store, hidden entries too, but for the empty directories that belong there. */
  leftovers(): Promise<string[]>;
}

const SSH_PORT = 40_022;

export async function openWorld(
  env: Readonly<Record<string, string>> = {},
  overrides: Partial<Host> = {},
): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), "vfm-"));
  const storeDir = join(directory, "s");
  const iso = join(directory, "b2d.iso");
  writeTinyIso(iso);
  const events: DriverEvent[] = [];
  const contextWith: World["with"] = (more, moreOverrides = {}) => {
    const made = makeSurroundings({ directory, sshPort: SSH_PORT, env: { ...env, ...more } });
    const host = createHost({
      env: made.env,
      paths: made.paths,
      homeDir: directory,
      tmpDir: directory,
      ...overrides,
      ...moreOverrides,
    });
    return { host, storeDir, onEvent: (event) => events.push(event) };
  };
  const context = contextWith({});
  const processes = async (): Promise<string[]> =>
    (await listProcesses(context.host))
      .map(({ command }) => command)
      .filter((command) => command.includes(directory));
  return {
    directory,
    storeDir,
    iso,
    sshPort: SSH_PORT,
    host: context.host,
    events,
    context,
    options: (more = {}) => ({
      name: "c1",
      iso,
      diskSizeMiB: 16,
      sshPort: SSH_PORT,
      ...more,
    }),
    with: contextWith,
    eventTypes: () => events.map(({ type }) => type),
    processes,
    leftovers: async () => {
      const found = await readdir(storeDir, { recursive: true }).catch(() => []);
      return found.filter((path) => !["machines", "locks", "run"].includes(path)).toSorted();
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid, command } of await listProcesses(context.host)) {
        if (command.includes(directory)) process.kill(pid, "SIGKILL");
      }
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
