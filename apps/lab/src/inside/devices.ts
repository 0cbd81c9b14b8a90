import { MachineError } from "@vfkit-machine/host";
import { existsSync } from "node:fs";
import { chmod, constants, open, stat } from "node:fs/promises";
import { join } from "node:path";
import { PRIVATE } from "../lab-paths.js";
import type { LabConfig } from "./lab-config.js";
import { runsAsMac } from "./lab-config.js";
import { bindFile } from "./mounts.js";
import { run } from "./run.js";

const TUN = "/dev/net/tun";

/**
 * Sees to it that `/dev/net/tun`, and `/dev/kvm` where there is one, can be opened by the lab's user:
 * through nodes of the lab's own over the host's, which stay as they are.
 *
 * @throws MachineError `ERR_LAB_TUN`
 */
export async function provideDevices(config: LabConfig): Promise<void> {
  if (!existsSync(TUN)) {
    throw new MachineError(`${TUN} is not there`, {
      code: "ERR_LAB_TUN",
      hint: "Run as root: modprobe tun. In a container: docker run --device /dev/net/tun",
    });
  }
  if (runsAsMac(config)) {
    for (const device of [TUN, "/dev/kvm"]) if (existsSync(device)) await openToAll(device);
  }
  await requireOpenable(config);
}

async function openToAll(device: string): Promise<void> {
  const { rdev } = await stat(device);
  const node = join(PRIVATE, device.replaceAll("/", "-").slice(1));
  // Linux: 12 bits of the major number above 8 low bits of the minor, whose rest is above those.
  const [major, minor] = [(rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00)];
  await run(["mknod", node, "c", String(major), String(minor)]);
  await chmod(node, 0o666);
  await bindFile(node, device);
}

async function requireOpenable(config: LabConfig): Promise<void> {
  try {
    await (await open(TUN, constants.O_RDWR)).close();
  } catch (cause) {
    throw new MachineError(`cannot open ${TUN}: ${(cause as Error).message}`, {
      code: "ERR_LAB_TUN",
      hint: config.userNamespace
        ? `Most systems let everybody open it; here root must allow it: sudo chmod 0666 ${TUN}. Or run the lab as root.`
        : "In a container: docker run --privileged --device /dev/net/tun",
      cause,
    });
  }
}
