import { assertSuccess, MachineError, type Host } from "@vfkit-machine/host";
import { debianRelease, ensureGuestIso } from "./guest-iso.js";
import { requireRecipe } from "./iso/build-iso.js";
import { missingPrerequisites, packagesOf } from "./prerequisites.js";

const APT_TIMEOUT_MS = 15 * 60_000;

/**
 * Makes the lab ready: installs the Debian packages that are missing, when we are root, and builds the
 * guest's ISO.
 *
 * @returns the path of the ISO
 * @throws MachineError `ERR_LAB_PLATFORM`, `ERR_LAB_PACKAGES_MISSING` with the line to run in its hint,
 *   and what {@link ensureGuestIso} throws
 */
export async function prepare(
  host: Host,
  progress: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  requireLinux(host);
  const missing = packagesOf(await missingPrerequisites(host), await debianVersion());
  if (missing.length > 0) {
    if (host.uid !== 0) throw missingError(missing);
    progress(`installing ${missing.join(" ")}`);
    await aptInstall(host, missing, signal);
  } else if (host.uid === 0) {
    await refreshEmptyLists(host, signal);
  }
  progress("building the guest, unless it is built already");
  return ensureGuestIso(host, signal);
}

/**
 * Is all there that entering the lab takes?
 *
 * @throws MachineError `ERR_LAB_PLATFORM`, `ERR_LAB_ARCHITECTURE`, `ERR_LAB_PACKAGES_MISSING`
 */
export async function requirePrepared(host: Host): Promise<void> {
  requireLinux(host);
  const missing = packagesOf(await missingPrerequisites(host), await debianVersion());
  if (missing.length > 0) throw missingError(missing);
}

function requireLinux(host: Host): void {
  if (host.platform !== "linux") {
    throw new MachineError(`the lab runs on Linux, not on ${host.platform}`, {
      code: "ERR_LAB_PLATFORM",
      hint: "On macOS the product runs as it is: there is no need of a lab.",
    });
  }
  requireRecipe(host.arch);
}

async function aptInstall(
  host: Host,
  packages: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const options = {
    signal,
    timeoutMs: APT_TIMEOUT_MS,
    maxOutputBytes: 16 * 1024 * 1024,
    env: { ...host.env, DEBIAN_FRONTEND: "noninteractive" },
  };
  assertSuccess(await host.runner.run("apt-get", ["update", "-q"], options));
  const install = ["install", "-q", "-y", "--no-install-recommends", ...packages];
  assertSuccess(await host.runner.run("apt-get", install, options));
}

/** Images of containers come without apt's lists; the guest's packages are downloaded by them. */
async function refreshEmptyLists(host: Host, signal: AbortSignal | undefined): Promise<void> {
  // Part of every guest, and for guests of another architecture this one is used to make them.
  const shown = await host.runner.run("apt-cache", ["show", "--quiet", "busybox-static"]);
  if (shown.exitCode === 0) return;
  const options = { signal, timeoutMs: APT_TIMEOUT_MS };
  assertSuccess(await host.runner.run("apt-get", ["update", "-q"], options));
}

function missingError(packages: readonly string[]): MachineError {
  return new MachineError(
    `the lab needs Debian packages that are not installed: ${packages.join(" ")}`,
    {
      code: "ERR_LAB_PACKAGES_MISSING",
      hint:
        "Run this once:\n" +
        `  sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${packages.join(" ")}'`,
    },
  );
}

async function debianVersion(): Promise<number> {
  const [id, version] = (await debianRelease()).split(" ");
  // Of Debian's children only the number of Debian itself means something here.
  return id === "debian" ? Number.parseInt(version ?? "", 10) || 13 : 13;
}
