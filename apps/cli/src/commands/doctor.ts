import { listMachines } from "@vfkit-machine/driver";
import { createHost, isMachineError } from "@vfkit-machine/host";
import { stripControlCharacters } from "@vfkit-machine/host/text";
import { storeDirOf } from "../cli-context.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { checkCache, checkMachines, checkOrphans } from "../doctor/leftovers.js";
import { checkBootpd, checkFirewall, checkLeases, checkReach } from "../doctor/network.js";
import { checkHelper, checkSsh, checkSystem, checkVfkit } from "../doctor/programs.js";
import { checkStaleFiles, readTraces } from "../doctor/stale-files.js";
import { checkMemory, checkSocketPath, checkSpace } from "../doctor/room.js";
import { worst, type Check, type Examination, type Finding } from "../doctor/types.js";
import { EXIT } from "../exit-codes.js";
import { style, type Terminal } from "../terminal.js";

/** In the order in which a person would look. */
const CHECKS: readonly (readonly [string, Check])[] = [
  ["system", checkSystem],
  ["vfkit", checkVfkit],
  ["vmnet-helper", checkHelper],
  ["ssh", checkSsh],
  ["firewall", checkFirewall],
  ["bootpd", checkBootpd],
  ["leases", checkLeases],
  ["reach", checkReach],
  ["space", checkSpace],
  ["memory", checkMemory],
  ["socket-path", checkSocketPath],
  ["machines", checkMachines],
  ["orphans", checkOrphans],
  ["cache", checkCache],
];

const EXIT_CODES = { pass: EXIT.ok, warn: EXIT.warnings, fail: EXIT.failure } as const;

export const doctor: Action = async (cli, _args, options) => {
  const { terminal, signal, globals } = cli;
  const host = createHost();
  const storeDir = storeDirOf(cli);
  const before = await readTraces(storeDir);
  const machines = await listMachines({ host, storeDir, signal });
  const after = new Set(await readTraces(storeDir));
  const swept = before.filter((path) => !after.has(path));
  const examination = { host, storeDir, machines, swept, signal, fix: flag(options, "fix") };
  const findings = (
    await Promise.all(CHECKS.map(([name, check]) => run(name, check, examination)))
  ).flat();
  // After the processes that --fix ended: what they leave is stale only then.
  findings.push(...(await run("stale-files", checkStaleFiles, examination)));
  const status = worst(findings);
  if (globals.json) {
    const checks = findings.map(({ check, status: each, message, hint, fixed }) => ({
      check,
      status: each,
      message,
      hint: hint ?? null,
      fixed: fixed ?? false,
    }));
    terminal.result(JSON.stringify({ status, checks }, null, 2));
  } else for (const finding of findings) terminal.result(lineOf(terminal, finding));
  return EXIT_CODES[status];
};

/** A check that breaks is a finding too: it must not hide what the others saw. */
async function run(
  name: string,
  check: Check,
  examination: Examination,
): Promise<readonly Finding[]> {
  try {
    return await check(examination);
  } catch (error) {
    if (isMachineError(error, "ERR_ABORTED")) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const hint = isMachineError(error) ? error.hint : undefined;
    return [{ check: name, status: "fail", message, hint }];
  }
}

const MARKS = {
  pass: ["green", "ok  "],
  warn: ["yellow", "warn"],
  fail: ["red", "FAIL"],
} as const;

function lineOf(terminal: Terminal, { check, status, message, hint }: Finding): string {
  const [colour, mark] = MARKS[status];
  const line = `${style(terminal, colour, mark)} ${check}: ${stripControlCharacters(message)}`;
  if (hint === undefined || status === "pass") return line;
  const indented = stripControlCharacters(hint).split("\n").join("\n       ");
  return `${line}\n       ${indented}`;
}
