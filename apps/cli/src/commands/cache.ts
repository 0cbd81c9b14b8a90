import { createHost } from "@vfkit-machine/host";
import { storeDirOf, type CliContext } from "../cli-context.js";
import { flag } from "../command-line/options.js";
import type { Action } from "../command-line/types.js";
import { EXIT, UsageError } from "../exit-codes.js";
import { listCache, pruneCache, type CacheEntry } from "../iso/cache.js";
import { obtainIso } from "../iso/obtain-iso.js";
import { createReporter } from "../reporter.js";
import { formatSizeMiB } from "../format-size.js";
import { formatTable } from "../table.js";

const MIB = 1024 * 1024;

export const cache: Action = async (cli, [action = "list", iso], options) => {
  if (action !== "add" && iso !== undefined) {
    throw new UsageError(`vfm cache ${action} takes no more arguments: ${iso}`);
  }
  switch (action) {
    case "list":
      return show(cli, await listCache(storeDirOf(cli)), "The cache is empty.");
    case "prune": {
      const pruned = await pruneCache(createHost(), storeDirOf(cli), {
        isos: flag(options, "all"),
        signal: cli.signal,
      });
      const nothing = "There was nothing to delete. Whole ISOs are deleted with --all.";
      return show(cli, pruned, nothing);
    }
    case "add":
      return add(cli, iso);
    default:
      throw new UsageError(`vfm cache ${action}: not list, add or prune`, "See vfm cache --help.");
  }
};

async function add(cli: CliContext, iso: string | undefined): Promise<number> {
  if (iso === undefined) {
    throw new UsageError("vfm cache add needs an ISO", "As in vfm cache add minikube.");
  }
  const { json, quiet } = cli.globals;
  const reporter = await createReporter(cli.terminal, { json, quiet, named: false });
  try {
    const path = await obtainIso(cli, iso, { machine: "cache", onEvent: reporter.onEvent });
    reporter.end();
    cli.terminal.result(json ? JSON.stringify({ path }, null, 2) : path);
    return EXIT.ok;
  } finally {
    reporter.end();
  }
}

function show({ terminal, globals }: CliContext, entries: CacheEntry[], nothing: string): number {
  if (globals.json) terminal.result(JSON.stringify(entries, null, 2));
  else if (entries.length === 0) terminal.note(nothing);
  else {
    const rows = entries.map(({ name, kind, sizeBytes, modifiedAt }) => [
      name,
      kind,
      formatSizeMiB(Math.ceil(sizeBytes / MIB)),
      modifiedAt.slice(0, 10),
    ]);
    terminal.result(formatTable(["NAME", "KIND", "SIZE", "DATE"], rows, terminal.columns));
  }
  return EXIT.ok;
}
