import { connectSsh } from "@vfkit-machine/guest-ssh";
import { indent, lastLines, MachineError } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { sshTarget } from "./guest-target.js";
import { ROSETTA_TAG } from "./virtual-machine.js";

const DIRECTORY = "/mnt/rosetta";

/**
 * A line for `binfmt_misc` (Documentation/admin-guide/binfmt-misc.rst): an ELF header of 64 bits,
 * little-endian, an executable or shared object, for x86-64 (`e_machine` 0x3e). The flag `F` opens
 * Rosetta now, so that it is found from within containers too.
 */
const MAGIC = String.raw`\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x3e\x00`;
const MASK = String.raw`\xff\xff\xff\xff\xff\xfe\xfe\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff`;
const RULE = `:rosetta:M::${MAGIC}:${MASK}:${DIRECTORY}/rosetta:F`;

/** What the guest runs. Each step does nothing where it is done already. */
export function rosettaScript(): string {
  return [
    "set -e",
    `sudo mkdir -p ${DIRECTORY}`,
    `mountpoint -q ${DIRECTORY} || sudo mount -t virtiofs ${ROSETTA_TAG} ${DIRECTORY}`,
    "binfmt=/proc/sys/fs/binfmt_misc",
    "[ -e $binfmt/register ] || sudo mount -t binfmt_misc binfmt_misc $binfmt",
    // printf's %s keeps the backslashes, which the kernel itself reads.
    `[ -e $binfmt/rosetta ] || printf %s '${RULE}' | sudo tee $binfmt/register >/dev/null`,
    "[ -e $binfmt/rosetta ]",
  ].join("\n");
}

/** Makes the guest run x86-64 programs, when the machine has Rosetta. @throws MachineError `ERR_ROSETTA_FAILED`, `ERR_SSH_...` */
export async function registerRosetta(step: Step, ip: string): Promise<void> {
  const { host, config, operation, signal } = step;
  if (config.rosetta !== true) return;
  const options = { signal, timeoutMs: TIMES.mountMs, clock: host.clock };
  await using ssh = await connectSsh(sshTarget(step, ip), options);
  const result = await ssh.run(rosettaScript(), options);
  if (result.exitCode !== 0) {
    throw new MachineError(
      `${config.name} cannot register Rosetta:\n${indent(lastLines(result.stderr))}`,
      {
        code: "ERR_ROSETTA_FAILED",
        hint: "The guest's kernel needs virtiofs and binfmt_misc. On the Mac: softwareupdate --install-rosetta",
      },
    );
  }
  operation.emit("start.rosetta.registered", {});
}
