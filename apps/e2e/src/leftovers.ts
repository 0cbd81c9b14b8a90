import { createHost, listProcesses } from "@vfkit-machine/host";
import { readdir } from "node:fs/promises";

/** What the computer has that a demo could leave behind. */
export interface Traces {
  readonly processes: readonly string[];
  readonly interfaces: readonly string[];
  readonly temporaryFiles: readonly string[];
}

/** Programs that a machine consists of while it runs. */
const PROGRAMS = /vfkit|vmnet-helper|qemu-system|virtiofsd|dnsmasq/;

/** The demo itself, and the lab around it. */
const OURS = /\bmain\.js demo\b/;

/** @param tmpDir where temporary files of the demo would lie */
export async function readTraces(tmpDir: string): Promise<Traces> {
  const host = createHost();
  const processes = (await listProcesses(host))
    .filter(
      ({ pid, command }) => pid !== process.pid && PROGRAMS.test(command) && !OURS.test(command),
    )
    .map(({ pid, command }) => `${pid} ${command}`);
  const files = await readdir(tmpDir);
  return {
    processes,
    // macOS takes its own bridge down some time after the last machine: nothing of ours.
    interfaces: host.platform === "linux" ? await readdir("/sys/class/net") : [],
    temporaryFiles: files.filter((name) => name.startsWith("vfm")),
  };
}

/** What is there now and was not before: one line each. */
export function newTraces(before: Traces, after: Traces): readonly string[] {
  return [
    ...added(before.processes, after.processes).map((line) => `process ${line}`),
    ...added(before.interfaces, after.interfaces).map((name) => `network interface ${name}`),
    ...added(before.temporaryFiles, after.temporaryFiles).map((name) => `file ${name}`),
  ];
}

function added(was: readonly string[], is: readonly string[]): readonly string[] {
  return is.filter((each) => !was.includes(each));
}
