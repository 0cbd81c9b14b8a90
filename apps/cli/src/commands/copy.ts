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
    if (plan.direction === "up") await upload(transfer, from, plan.to);
    else await download(transfer, from, plan.to);
  }
  return EXIT.ok;
};
