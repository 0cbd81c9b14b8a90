import { createHost } from "@vfkit-machine/host";
import { readdir } from "node:fs/promises";

/** What the computer has that a demo could leave behind. */
export interface Traces {
  readonly processes: readonly string[];
  readonly interfaces: readonly string[];
  readonly temporaryFiles: readonly string[];
}

/** Programs that a machine consists of while it runs. */
const PROGRAMS = /vfkit|vmnet-helper|qemu-system|virtiofsd|dnsmasq/;

/** @param tmpDir where temporary files of the demo would lie */
export async function readTraces(tmpDir: string): Promise<Traces> {
  const host = createHost();
  const ps = await host.runner.run("ps", ["-A", "-ww", "-o", "pid=,command="]);
  const processes = ps.stdout
    .split("\n")
    .map((line) => line.trim())
    .filter(
      (line) =>
        PROGRAMS.test(line) &&
        !line.startsWith(`${process.pid} `) &&
        !/\bmain\.js demo\b/.test(line),
    );
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
