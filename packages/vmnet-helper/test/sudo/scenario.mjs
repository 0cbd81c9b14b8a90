// Runs one scenario as the unprivileged user "tester" and prints what came of it as JSON, in a line
// of its own. Uses the build, as a program that installed the package would.
import { createHost, MACOS_PATHS, sudoAllows } from "@vfkit-machine/host";
import {
  checkVmnetHelper,
  findHelperProcesses,
  findVmnetHelper,
  readHelperState,
  startVmnetHelper,
  stopVmnetHelper,
} from "@vfkit-machine/vmnet-helper";
import { readdir, readFile } from "node:fs/promises";

process.setgroups([]);
process.setgid(501);
process.setuid(501);

const [name, consent = "never"] = process.argv.slice(2);
const vmnetHelper = "/mnt/vmnet-helper/bin/vmnet-helper";
const socketPath = "/mnt/home/h.sock";
const logPath = "/mnt/home/h.log";
const host = createHost({
  env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/mnt/home", USER: "tester", LANG: "de_DE" },
  paths: { ...MACOS_PATHS, vmnetHelper },
});
const asked = [];
const options = {
  socketPath,
  logPath,
  consent,
  onAsk: (commands) => asked.push(...commands),
  timeoutMs: 15_000,
};
const report = (value) => console.log(`\nRESULT ${JSON.stringify(value)}`);
const caught = async (work) => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return { code: error.code, message: error.message, hint: error.hint };
  }
};
const uidOf = async (pid) =>
  /^Uid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "utf8"))?.[1];
const processes = async () =>
  (await findHelperProcesses(host, socketPath)).map(({ command }) => command);
const left = async () => ({ files: await readdir("/mnt/home"), processes: await processes() });

const helper = await findVmnetHelper(host);
const scenarios = {
  // Checks, starts, looks, stops.
  life: async () => {
    await checkVmnetHelper(host, helper, options);
    const running = await startVmnetHelper(host, { ...options, helper });
    const found = await findHelperProcesses(host, socketPath);
    const uids = await Promise.all(found.map(({ pid }) => uidOf(pid)));
    const state = await readHelperState(host, running.record, socketPath);
    const outcome = await stopVmnetHelper(host, running.record, { socketPath });
    report({
      uids,
      state,
      outcome,
      asked,
      interface: running.interface,
      identity: running.identity,
      exited: await running.exited,
      ...(await left()),
    });
  },
  // What check and start say when sudo does not run it.
  refused: async () =>
    report({
      check: await caught(() => checkVmnetHelper(host, helper, options)),
      start: await caught(() => startVmnetHelper(host, { ...options, helper })),
      lists: (
        await host.runner.run("/usr/bin/sudo", ["--non-interactive", "--list", "--", vmnetHelper])
      ).exitCode,
      allows: await sudoAllows(host, [vmnetHelper, "--version"]),
      asked,
      ...(await left()),
    }),
  // The interface never starts: the helper is root still, and deaf to SIGTERM.
  hang: async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const error = caught(() => startVmnetHelper(host, { ...options, helper, signal }));
    while (!(await readFile(logPath, "utf8").catch(() => "")).includes("starting interface")) {
      await host.clock.sleep(10);
    }
    controller.abort();
    report({ error: await error, ...(await left()) });
  },
  // Somebody kills sudo: the helper below it lives on.
  orphan: async () => {
    const { record } = await startVmnetHelper(host, { ...options, helper });
    process.kill(record.pid, "SIGKILL");
    const state = await readHelperState(host, record, socketPath);
    const outcome = await stopVmnetHelper(host, record, { socketPath });
    report({ state, outcome, ...(await left()) });
  },
  // Starts, and leaves it running.
  start: async () => {
    const {
      record,
      interface: found,
      identity,
    } = await startVmnetHelper(host, {
      ...options,
      helper,
    });
    report({ record, interface: found, identity, asked });
  },
  // Starts, and stays until it is ended.
  stay: async () => {
    setInterval(() => {}, 1_000);
    const { record, interface: found } = await startVmnetHelper(host, { ...options, helper });
    report({ record, interface: found, asked });
  },
  // Stops, without a record, what an earlier program started.
  stop: async () => {
    const state = await readHelperState(host, undefined, socketPath);
    const outcome = await stopVmnetHelper(host, undefined, { socketPath });
    report({ state, outcome, ...(await left()) });
  },
};
await scenarios[name]();
