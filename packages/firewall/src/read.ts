import { isExecutable, type Host, type WaitOptions } from "@vfkit-machine/host";
import { QUESTION_TIMEOUT_MS } from "./defaults.js";
import {
  parseAllowSigned,
  parseAppRule,
  parseBlockAll,
  parseGlobalState,
  saysManaged,
} from "./parse.js";
import type { FirewallState } from "./types.js";

const NOT_PRESENT: FirewallState = {
  tool: "not-present",
  enabled: false,
  blockAll: undefined,
  allowSigned: undefined,
  bootpd: "unknown",
  managed: false,
};

/**
 * Asks the application firewall what it does. Needs no root and changes nothing. On a host without
 * socketfilterfw the answer is `not-present`, no error.
 *
 * @throws MachineError `ERR_TIMEOUT` (default 10 s a question), `ERR_ABORTED`
 */
export async function readFirewallState(
  host: Host,
  options: WaitOptions = {},
): Promise<FirewallState> {
  const { socketfilterfw, bootpd } = host.paths;
  if (!(await isExecutable(socketfilterfw))) return NOT_PRESENT;
  const [global, block, signed, apps] = await Promise.all(
    ["--getglobalstate", "--getblockall", "--getallowsigned", "--listapps"].map((question) =>
      ask(host, question, options),
    ),
  );
  const { enabled, blockAll } = parseGlobalState(global ?? "");
  return {
    tool: "present",
    enabled,
    blockAll: parseBlockAll(block ?? "") ?? blockAll,
    allowSigned: parseAllowSigned(signed ?? ""),
    bootpd: parseAppRule(apps ?? "", bootpd),
    managed: [global, block, signed, apps].some((output) => saysManaged(output ?? "")),
  };
}

/** What it answers; nothing when it does not know the question, as older ones do. */
async function ask(
  host: Host,
  question: string,
  { signal, timeoutMs = QUESTION_TIMEOUT_MS }: WaitOptions,
): Promise<string> {
  const result = await host.runner.run(host.paths.socketfilterfw, [question], {
    signal,
    timeoutMs,
  });
  return result.exitCode === 0 ? result.stdout : "";
}
