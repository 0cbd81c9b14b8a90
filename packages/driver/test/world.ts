import {
  createHost,
  listProcesses,
  systemClock,
  waitForExit,
  type Clock,
  type Host,
  type ProcessInfo,
} from "@vfkit-machine/host";
import { mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import type { CreateMachineOptions, DriverEvent } from "../src/index.js";
import { HAS_LOOPBACK_NETWORK } from "./fixtures/loopback.mjs";
import { makeSurroundings } from "./fixtures/surroundings.mjs";
import { writeTinyIso } from "./fixtures/tiny-iso.mjs";

/** A store, an ISO, the little programs, and what happened. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly storeDir: string;
  readonly iso: string;
  /** Of the guest of `c1`, and of all others where each has an address of its own. */
  readonly sshPort: number;
  readonly host: Host;
  readonly events: DriverEvent[];
  readonly context: Context;
  /** Small, and with the port at which the little guest answers. */
  options(more?: Partial<CreateMachineOptions>): CreateMachineOptions;
  /** The same world with other variables for the little programs. */
  with(env: Readonly<Record<string, string>>, overrides?: Partial<Host>): Context;
  /** Resolves at the next event of this type. */
  next(type: DriverEvent["type"]): Promise<DriverEvent>;
  /** Types of the events so far, in order. */
  eventTypes(): string[];
  /** Live processes that name this world's directory. */
  processes(): Promise<ProcessInfo[]>;
  /** Signals the one process whose command line names `text`; SIGKILL waits for its end. */
  kill(text: string, signal: NodeJS.Signals): Promise<void>;
  /** What is in the store, hidden entries too, but for the empty directories that belong there. */
  leftovers(): Promise<string[]>;
}

interface Context {
  readonly host: Host;
  readonly storeDir: string;
  readonly onEvent: (event: DriverEvent) => void;
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly host?: Partial<Host>;
  /** Below `/tmp`; default a short random one. */
  readonly prefix?: string;
}

/** A user's own on macOS leaves sockets too little of the 103 bytes that a path may have. */
export const TEMPORARY = "/tmp";

export async function openWorld({
  env = {},
  host,
  prefix = "vfm-",
}: WorldOptions = {}): Promise<World> {
  const directory = await realpath(await mkdtemp(join(TEMPORARY, prefix)));
  const storeDir = join(directory, "s");
  const iso = join(directory, "b2d.iso");
  writeTinyIso(iso);
  const { port: sshPort, letGo } = await reservePort();
  const names = ["c1"];
  const sshPortOf = (name: string): number => {
    if (HAS_LOOPBACK_NETWORK) return sshPort;
    if (!names.includes(name)) names.push(name);
    return sshPort + names.indexOf(name);
  };
  const events: DriverEvent[] = [];
  const listeners = new Map<string, ((event: DriverEvent) => void)[]>();
  const onEvent = (event: DriverEvent): void => {
    events.push(event);
    const waiting = listeners.get(event.type) ?? [];
    listeners.delete(event.type);
    for (const listener of waiting) listener(event);
  };
  const contextWith: World["with"] = (more, overrides = {}) => {
    const owned = { FAKE_OWNER: String(process.pid), ...env, ...more };
    const made = makeSurroundings({ directory, sshPort, env: owned });
    return {
      host: createHost({ ...made, homeDir: directory, tmpDir: directory, ...host, ...overrides }),
      storeDir,
      onEvent,
    };
  };
  const context = contextWith({});
  const processes: World["processes"] = async () =>
    (await listProcesses(context.host)).filter(
      ({ pid, command }) => pid !== process.pid && command.includes(directory),
    );
  return {
    directory,
    storeDir,
    iso,
    sshPort,
    host: context.host,
    events,
    context,
    options: (more = {}) => {
      const name = more.name ?? "c1";
      return { name, iso, diskSizeMiB: 16, sshPort: sshPortOf(name), ...more };
    },
    with: contextWith,
    next: (type) =>
      new Promise((resolve) => {
        listeners.set(type, [...(listeners.get(type) ?? []), resolve]);
      }),
    eventTypes: () => events.map(({ type }) => type),
    processes,
    kill: async (text, signal) => {
      const [found, ...others] = (await processes()).filter(({ command }) =>
        command.includes(text),
      );
      if (found === undefined || others.length > 0) throw new Error(`not one process of ${text}`);
      process.kill(found.pid, signal);
      if (signal === "SIGKILL") await waitForExit(context.host, found);
    },
    leftovers: async () => {
      const found = await readdir(storeDir, { recursive: true }).catch(() => []);
      return found.filter((path) => !["machines", "locks", "run"].includes(path)).toSorted();
    },
    [Symbol.asyncDispose]: async () => {
      for (const { pid } of await processes()) process.kill(pid, "SIGKILL");
      await letGo();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Real processes, and a driver for whom time goes `factor` times as fast: patience is soon at its end. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() * factor,
    sleep: (ms, options) => systemClock.sleep(ms / factor, options),
    schedule: (ms, callback) => systemClock.schedule(ms / factor, callback),
  };
}

interface ReservedPort {
  readonly port: number;
  readonly letGo: () => Promise<void>;
}

/**
 * Where guests listen on addresses of their own, free on one is good enough for all, and the port is
 * held on that one so that no other world gets it: their guests have the same names and addresses.
 * Else the next ports are others' guests: outside of those that the system hands out for connections.
 */
async function reservePort(): Promise<ReservedPort> {
  const server = createServer();
  const wanted = HAS_LOOPBACK_NETWORK ? 0 : 10_000 + 10 * Math.floor(Math.random() * 2_000);
  const listening = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(wanted, "127.0.0.1", () => resolve(true));
  });
  if (!listening) return reservePort();
  const address = server.address();
  const letGo = async (): Promise<void> => {
    if (!server.listening) return;
    await new Promise((resolve) => {
      server.close(resolve);
    });
  };
  if (!HAS_LOOPBACK_NETWORK) await letGo();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, letGo };
}
