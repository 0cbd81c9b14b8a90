// First program of the lab, run by its PID 1: makes the surroundings and leaves the command to run.
import { chown, mkdir, readdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { printError } from "../print-error.js";
import * as paths from "../lab-paths.js";
import { commandLine } from "./command-line.js";
import { provideDevices } from "./devices.js";
import { installProgram, provideHostName, provideIdentity } from "./identity.js";
import { keepKvmVerdict } from "./kvm-verdict.js";
import { parseLabConfig, runsAsMac, type LabConfig } from "./lab-config.js";
import { mountLab, mountRepository } from "./mounts.js";
import { disableIpv6, setUpBridge, setUpWorld } from "./network.js";
import { run } from "./run.js";

try {
  await setUp(parseLabConfig(process.argv[2]));
} catch (error) {
  printError(error);
  process.exitCode = 1;
}

async function setUp(config: LabConfig): Promise<void> {
  const mac = runsAsMac(config);
  await mountLab(config);
  const apps = await readApps();
  await provideDevices(config);
  await mountRepository(config, apps);
  if (mac) await provideIdentity();
  await installStandIns();
  await writeHome();
  if (mac) {
    for (const path of [paths.HOME, paths.RUN]) {
      await chown(path, paths.MAC_USER.uid, paths.MAC_USER.gid);
    }
  }
  await keepKvmVerdict(config.kvmVerdict, "in");
  await provideHostName();
  await disableIpv6();
  await setUpBridge(mac ? paths.MAC_USER.uid : undefined);
  await setUpWorld();
  await run([join(paths.BIN, "labctl"), "bootpd", "on"]);
  const words = await commandLine(config);
  await writeFile(paths.COMMAND_FILE, words.map((word) => `${word}\0`).join(""));
}

async function readApps(): Promise<string[]> {
  const entries = await readdir(join(paths.OUTSIDE_REPOSITORY, "apps"), { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .filter((name) => existsSync(join(paths.OUTSIDE_REPOSITORY, "apps", name, "package.json")));
}

async function installStandIns(): Promise<void> {
  const standIns = join(paths.OUTSIDE_REPOSITORY, "apps/lab/standins");
  for (const [name, target] of [
    ["lab_state.py", `${paths.LIBEXEC}/lab_state.py`],
    ["bootpd_lease.py", `${paths.LIBEXEC}/bootpd_lease.py`],
    ["world.py", `${paths.LIBEXEC}/world.py`],
    ["architecture.mjs", paths.ARCHITECTURE_MODULE],
    ["labctl.py", `${paths.BIN}/labctl`],
    ["sw_vers", `${paths.BIN}/sw_vers`],
    ["virtiofsd", `${paths.BIN}/virtiofsd`],
    ["bootpd", "/usr/libexec/bootpd"],
    ["socketfilterfw.py", "/usr/libexec/ApplicationFirewall/socketfilterfw"],
    ["vmnet_helper.py", "/opt/vmnet-helper/bin/vmnet-helper"],
  ] as const) {
    await installProgram(join(standIns, name), target);
  }
  const node = join(paths.BIN, "node");
  for (const [name, main] of [
    ["vfkit", "packages/vfkit-qemu/dist/main.js"],
    ["vfm", "apps/cli/dist/main.js"],
  ] as const) {
    const script = `#!/bin/sh\nexec ${node} ${paths.REPOSITORY}/${main} "$@"\n`;
    await writeFile(join(paths.BIN, name), script, { mode: 0o755 });
  }
}

async function writeHome(): Promise<void> {
  await mkdir(paths.HOME, { recursive: true });
  await writeFile(join(paths.HOME, ".bashrc"), "PS1='lab:\\w\\$ '\n");
}
