import { MachineError } from "@vfkit-machine/host";
import { isAbsolute, join, relative } from "node:path";
import * as paths from "../lab-paths.js";
import { runsAsMac, type LabConfig } from "./lab-config.js";
import { host } from "./run.js";

/** Names of the host's own session, which mean nothing in the lab. */
const UNSET = ["XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "OLDPWD"];
const UNSET_SUDO = ["SUDO_COMMAND", "SUDO_GID", "SUDO_UID", "SUDO_USER"];

/** The command as PID 1 executes it: the user to become, the directory to be in, the environment. */
export async function commandLine(config: LabConfig): Promise<string[]> {
  const become = runsAsMac(config) ? becomeMac() : [];
  if (become.length > 0) await requireReadable(become);
  const cwd = await directoryInside(config, become);
  const unset = [...UNSET, ...UNSET_SUDO].flatMap((name) => ["-u", name]);
  return [
    ...become,
    "env",
    "--chdir",
    cwd,
    ...unset,
    `PWD=${cwd}`,
    ...environment(config),
    ...config.command,
  ];
}

function becomeMac(): string[] {
  const { uid, gid } = paths.MAC_USER;
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--"];
}

function environment(config: LabConfig): string[] {
  const user = runsAsMac(config) ? paths.MAC_USER.name : "root";
  const path = [paths.BIN, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];
  return [
    `PATH=${path.join(":")}`,
    `HOME=${paths.HOME}`,
    `TMPDIR=${paths.TMP}`,
    `USER=${user}`,
    `LOGNAME=${user}`,
    "VFKIT_QEMU_NAT_TAPS=vfnat",
    `VFKIT_QEMU_RUN_DIR=${paths.RUN}`,
    `VFM_LAB=${config.userNamespace ? "user-namespace" : user}`,
    `VFM_LAB_ARCH=${config.arch}`,
    `VFM_LAB_ISO=${paths.GUEST_ISO}`,
    `VFM_LAB_WORLD=${paths.WORLD_ADDRESS}`,
    ...(config.arch === process.arch ? [] : foreign(config.arch)),
  ];
}

/** For a lab of another architecture: QEMU is told the guest's, and vfm takes it for the computer's. */
function foreign(arch: string): string[] {
  const before = host.env["NODE_OPTIONS"] ?? "";
  const options = `${before} --import=${paths.ARCHITECTURE_MODULE}`.trim();
  return [`VFKIT_QEMU_ARCH=${arch}`, `NODE_OPTIONS=${options}`];
}

/** Where the command starts: the same place of the repository, else where it was called, else home. */
async function directoryInside(config: LabConfig, become: readonly string[]): Promise<string> {
  const inside = relative(config.repository, config.cwd);
  if (!inside.startsWith("..") && !isAbsolute(inside)) return join(paths.REPOSITORY, inside);
  return (await succeeds([...become, "test", "-x", config.cwd])) ? config.cwd : paths.HOME;
}

async function requireReadable(become: readonly string[]): Promise<void> {
  const probe = join(paths.REPOSITORY, "apps/lab/dist/main.js");
  if (await succeeds([...become, "test", "-r", probe])) return;
  throw new MachineError(`the lab's user ${paths.MAC_USER.name} cannot read the repository`, {
    code: "ERR_LAB_REPOSITORY",
    hint: "Its files are for their owner alone. Run chmod -R go+rX . in it, or run the lab with --as-root.",
  });
}

async function succeeds(argv: readonly string[]): Promise<boolean> {
  const [file = "", ...args] = argv;
  return (await host.runner.run(file, args)).exitCode === 0;
}
