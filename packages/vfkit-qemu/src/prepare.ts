import { randomBytes } from "node:crypto";
import { open, readlink, stat } from "node:fs/promises";
import {
  findExecutable,
  formatMacAddress,
  systemErrorCode,
  type Host,
  type MacAddress,
} from "@vfkit-machine/host";
import type { Device, VirtioNet } from "@vfkit-machine/vfkit-config";
import { prepareDatagramSocket } from "./datagram-socket.js";
import { ENVIRONMENT } from "./defaults.js";
import { failure } from "./errors.js";
import { qemuPlatform, type QemuPlatform } from "./qemu-platform.js";
import type { SupportedMachine } from "./refusals.js";
import { readTaps, TapClaims } from "./taps.js";

/** Where a card goes, before taps are claimed and descriptors renumbered. */
type CardPlan = { readonly macAddress: MacAddress } & (
  | { readonly kind: "nat" }
  | { readonly kind: "unix-datagram"; readonly localPath: string; readonly remotePath: string }
  | { readonly kind: "inherited"; readonly fd: number }
);

/** A machine whose outside was found to be there. Nothing runs yet. */
export interface PreparedMachine {
  readonly machine: SupportedMachine;
  readonly platform: QemuPlatform;
  readonly qemuPath: string;
  readonly cards: readonly CardPlan[];
  /** Taps for the `nat` cards; undefined: QEMU's user network. */
  readonly taps: TapClaims | undefined;
}

/**
 * Does what vfkit does between reading its command line and serving its API: looks at every file and
 * socket the devices name, and empties the console's log files.
 *
 * @throws MachineError `ERR_QEMU_NOT_FOUND`, `ERR_DISK_IMAGE`, `ERR_NETWORK_SOCKET`,
 *   `ERR_NO_FREE_TAP`, `ERR_UNSUPPORTED_BY_QEMU`; system errors of files that cannot be read or made
 */
export async function prepareMachine(
  host: Host,
  machine: SupportedMachine,
): Promise<PreparedMachine> {
  const asked = host.env[ENVIRONMENT.architecture] ?? "";
  const platform = qemuPlatform(asked === "" ? host.arch : asked);
  const qemuPath = await findExecutable(host, platform.program);
  if (qemuPath === undefined) {
    const message = `command not found: ${platform.program}`;
    throw failure("ERR_QEMU_NOT_FOUND", message, { hint: platform.installHint });
  }
  await requireFile(machine.bootloader.kernelPath);
  await requireFile(machine.bootloader.initrdPath);
  const cards: CardPlan[] = [];
  for (const device of machine.devices) {
    await prepareDevice(device);
    if (device.kind === "virtio-net") cards.push(await planCard(host, device));
  }
  return { machine, platform, qemuPath, cards, taps: await claimTaps(host, cards) };
}

async function prepareDevice(device: Device): Promise<void> {
  if (device.kind === "nvme" || device.kind === "usb-mass-storage") {
    await requireFile(device.path);
  } else if (device.kind === "virtio-serial" && device.attachment.kind === "log-file") {
    await emptyFile(device.attachment.path);
  } else if (device.kind === "virtio-fs" && !(await stat(device.sharedDir)).isDirectory()) {
    throw failure("ERR_VIRTIOFSD", `virtio-fs: not a directory: ${device.sharedDir}`);
  }
}

async function requireFile(path: string): Promise<void> {
  await (await open(path, "r")).close();
}

async function emptyFile(path: string): Promise<void> {
  await (await open(path, "w")).close();
}

async function planCard(host: Host, device: VirtioNet): Promise<CardPlan> {
  const { attachment } = device;
  const macAddress = device.macAddress ?? randomMacAddress();
  if (attachment.kind === "nat") return { kind: "nat", macAddress };
  if (attachment.kind === "fd") {
    await requireSocket(attachment.fd);
    return { kind: "inherited", fd: attachment.fd, macAddress };
  }
  if (attachment.kind === "connected") {
    throw new Error("a command line never names a connected socket");
  }
  const { localPath, listening } = await prepareDatagramSocket(attachment.path);
  const nobody = "nobody in this network namespace is seen to listen on";
  if (!listening) host.logger.warn(`${nobody} ${attachment.path}`);
  return { kind: "unix-datagram", localPath, remotePath: attachment.path, macAddress };
}

/** Locally administered and unicast, as Virtualization.framework makes them. */
function randomMacAddress(): MacAddress {
  const bytes = randomBytes(6);
  bytes[0] = ((bytes[0] ?? 0) & 0xfc) | 0x02;
  return formatMacAddress(bytes);
}

async function requireSocket(fd: number): Promise<void> {
  const target = await linkTarget(`/proc/self/fd/${fd}`);
  if (target?.startsWith("socket:") === true) return;
  const seen = target === undefined ? "is not open" : `is no socket but ${target}`;
  throw failure("ERR_NETWORK_SOCKET", `virtio-net: file descriptor ${fd} ${seen}`);
}

async function linkTarget(path: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function claimTaps(host: Host, cards: readonly CardPlan[]): Promise<TapClaims | undefined> {
  const count = cards.filter(({ kind }) => kind === "nat").length;
  const prefix = host.env[ENVIRONMENT.natTaps] ?? "";
  if (count === 0) return undefined;
  if (prefix !== "") return new TapClaims(prefix, await readTaps(prefix), count);
  host.logger.info(`nat is QEMU's user network: ${ENVIRONMENT.natTaps} names no tap interfaces`);
  return undefined;
}
