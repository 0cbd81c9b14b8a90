import { isMachineError, MachineError } from "@vfkit-machine/host";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { planCopy } from "../copy-path.js";
import { EXIT } from "../exit-codes.js";
import { download, upload } from "../guest-files.js";
import { openNamed, sshTargetOf } from "../open-named.js";

export const copy: Action = async (cli, args, options) => {
  const { signal } = cli;
  const plan = planCopy(args);
  const target = await sshTargetOf(await openNamed(cli, plan.machine), signal);
  const transfer = { target, recursive: flag(options, "recursive"), signal };
  for (const from of plan.from) {
    try {
      if (plan.direction === "up") await upload(transfer, from, plan.to);
      else await download(transfer, from, plan.to);
    } catch (error) {
      throw explain(error, from, plan.direction);
    }
  }
  return EXIT.ok;
};

/** What `ssh`, `sh` or `tar` said does not name the file that they were at. */
function explain(error: unknown, from: string, direction: "up" | "down"): unknown {
  if (!isMachineError(error, "ERR_COPY_FAILED")) return error;
  // Of ssh it is what the guest said; tar runs on this computer, too.
  const denied = /^ssh [^]*Permission denied/.test(error.message);
  const inGuest =
    direction === "up"
      ? "The user in the guest may not write there: copy to its home (NAME:), then vfm ssh NAME -- sudo mv."
      : "The user in the guest may not read it: vfm ssh NAME -- sudo cat FILE > FILE.";
  const hint = error.hint ?? (denied ? inGuest : undefined);
  return new MachineError(`cannot copy ${from}: ${error.message}`, {
    code: error.code,
    hint,
    cause: error.cause,
  });
}
