import { connectSsh, quoteShell } from "@vfkit-machine/guest-ssh";
import { indent, lastLines, MachineError } from "@vfkit-machine/host";
import type { Step } from "./context.js";
import { TIMES } from "./defaults.js";
import { sshTarget } from "./guest-target.js";
import { mountTag } from "./virtual-machine.js";

/** Mounts the shared directories in the guest. @throws MachineError `ERR_MOUNT_FAILED`, `ERR_SSH_...` */
export async function mountAll(step: Step, ip: string): Promise<void> {
  const { host, config, operation, signal } = step;
  if (config.mounts.length === 0) return;
  const timeoutMs = TIMES.mountMs;
  await using ssh = await connectSsh(sshTarget(step, ip), { signal, timeoutMs, clock: host.clock });
  for (const [index, { hostPath, guestPath }] of config.mounts.entries()) {
    const result = await ssh.run(mountCommand(mountTag(index), guestPath), { signal, timeoutMs });
    if (result.exitCode !== 0) {
      throw new MachineError(
        `${config.name} cannot mount ${hostPath} on ${guestPath}:\n${indent(lastLines(result.stderr))}`,
        {
          code: "ERR_MOUNT_FAILED",
          hint: "The guest's kernel needs virtiofs (CONFIG_VIRTIO_FS).",
        },
      );
    }
    operation.emit("start.mount.done", { hostPath, guestPath });
  }
}

/**
 * Does nothing when the tag is mounted already: a start that was killed may have come this far. What
 * else is mounted there is the guest's own, and is covered.
 *
 * @param tag without a character that means something to the shell or to grep
 */
export function mountCommand(tag: string, guestPath: string): string {
  const path = quoteShell([guestPath]);
  // proc_pid_mounts(5): the first word of a line is what is mounted.
  return `grep -q '^${tag} ' /proc/mounts || { sudo mkdir -p ${path} && sudo mount -t virtiofs ${tag} ${path}; }`;
}
