import { assertSuccess, type Host } from "@vfkit-machine/host";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const UPDATE_TIMEOUT_MS = 5 * 60_000;

/**
 * What the computer's own apt is told to do besides, and must not do for our lists: run its hooks (of
 * package managers with a window, of images of containers), and fetch what such managers show.
 */
const NOTHING_BESIDES = "#clear APT::Update;\n#clear Acquire::IndexTargets::deb::DEP-11;\n";

/** apt, and which computer's packages it is asked for. */
export interface Apt {
  readonly host: Host;
  /** For each of its programs, before anything else. */
  readonly options: readonly string[];
}

/**
 * apt as this computer is set up: same sources, same keys, same proxy, but for the packages of another
 * architecture. Its lists are fetched into `directory`; the computer's own know nothing of it.
 *
 * @param architecture Debian's name, as in `arm64`
 * @throws MachineError `ERR_COMMAND_FAILED` when the lists cannot be fetched
 */
export async function openForeignApt(
  host: Host,
  architecture: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<Apt> {
  const [state, cache] = [join(directory, "state"), join(directory, "cache")];
  await mkdir(join(state, "lists/partial"), { recursive: true });
  await mkdir(join(cache, "archives/partial"), { recursive: true });
  // What is installed here says nothing about a computer of that architecture.
  await writeFile(join(state, "status"), "");
  const configuration = join(directory, "apt.conf");
  await writeFile(configuration, NOTHING_BESIDES);
  const values = [
    `APT::Architecture=${architecture}`,
    `APT::Architectures::=${architecture}`,
    `Dir::State=${state}`,
    `Dir::State::status=${join(state, "status")}`,
    `Dir::Cache=${cache}`,
    // Images of containers switch them off: then each question would read all lists anew.
    "Dir::Cache::pkgcache=pkgcache.bin",
    "Dir::Cache::srcpkgcache=srcpkgcache.bin",
    "Acquire::Languages=none",
  ];
  const options = ["-c", configuration, ...values.flatMap((value) => ["-o", value])];
  const update = [...options, "update", "-q"];
  const result = await host.runner.run("apt-get", update, { signal, timeoutMs: UPDATE_TIMEOUT_MS });
  assertSuccess(result);
  return { host, options };
}
