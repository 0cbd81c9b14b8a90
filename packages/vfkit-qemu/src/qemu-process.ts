import type { Duplex } from "node:stream";
import {
  describeEnd,
  indent,
  isMachineError,
  removeIfPresent,
  systemErrorCode,
  type Host,
  type ProcessEnd,
} from "@vfkit-machine/host";
import { QEMU_START_TIMEOUT_MS } from "./defaults.js";
import { failure } from "./errors.js";
import type { PreparedMachine } from "./prepare.js";
import { buildQemuArgv } from "./qemu-argv.js";
import type { NetworkBackend, NetworkCard } from "./qemu-devices.js";
import type { Accelerator } from "./qemu-platform.js";
import { QmpConnection } from "./qmp-connection.js";
import type { QmpEvent } from "./qmp-messages.js";
import { ensureRunDirectory } from "./run-directory.js";
import { startSupervised, type Supervised } from "./supervised.js";

/** Numbers in QEMU: 0 to 2 are the standard streams. */
const CONTROL_FD = 3;
const FIRST_INHERITED_FD = 4;

/** A QEMU that has answered. */
export interface QemuProcess {
  readonly supervised: Supervised;
  readonly control: QmpConnection;
}

/**
 * Starts QEMU and waits (at most 30 s) until it takes commands. Where a `nat` card's tap was taken
 * by another machine, tries the next.
 *
 * @param onSpawn learns each process as soon as there is one
 * @throws MachineError `ERR_QEMU_FAILED` with its last words, `ERR_NO_FREE_TAP`, `ERR_TIMEOUT`, `ERR_ABORTED`
 */
export async function startQemu(
  host: Host,
  prepared: PreparedMachine,
  options: {
    readonly accelerator: Accelerator;
    readonly virtiofsdSockets: readonly string[];
    readonly signal: AbortSignal;
    readonly onEvent: (event: QmpEvent) => void;
    readonly onSpawn: (supervised: Supervised) => void;
  },
): Promise<QemuProcess> {
  const { machine, taps } = prepared;
  const lockDir = taps === undefined ? "" : await ensureRunDirectory(host);
  for (;;) {
    const argv = [
      prepared.qemuPath,
      ...buildQemuArgv({
        platform: prepared.platform,
        accelerator: options.accelerator,
        machine,
        networkCards: networkCards(prepared),
        virtiofsdSockets: options.virtiofsdSockets,
        controlFd: CONTROL_FD,
        name: `vfkit-${process.pid}`,
      }),
    ];
    const locked = taps?.lockArgv(argv, lockDir) ?? argv;
    const supervised = await spawnQemu(host, prepared, locked);
    options.onSpawn(supervised);
    const control = supervised.child.stdio[CONTROL_FD] as Duplex;
    try {
      const { signal, onEvent } = options;
      const opening = { signal, timeoutMs: QEMU_START_TIMEOUT_MS };
      return { supervised, control: await QmpConnection.open(control, onEvent, opening) };
    } catch (error) {
      supervised.kill();
      const end = await supervised.exited;
      if (!isMachineError(error, "ERR_QMP")) throw error;
      if (taps?.retry(end.exitCode) !== true) throw qemuFailed(end, supervised.lastWords());
      host.logger.debug("that tap is in use: trying the next");
    }
  }
}

async function spawnQemu(
  host: Host,
  { machine, cards }: PreparedMachine,
  argv: readonly string[],
): Promise<Supervised> {
  const usesStdio = machine.devices.some(
    (device) => device.kind === "virtio-serial" && device.attachment.kind === "stdio",
  );
  const inherited = cards.flatMap((card) => (card.kind === "inherited" ? [card.fd] : []));
  const standard = usesStdio ? "inherit" : "ignore";
  try {
    return await startSupervised(
      argv,
      [standard, standard, "pipe", "pipe", ...inherited],
      host.env,
      (line) => host.logger.debug(`qemu: ${line}`),
    );
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw failure("ERR_QEMU_NOT_FOUND", "command not found: setpriv", {
      hint: "It comes with util-linux.",
      cause: error,
    });
  }
}

function networkCards({ cards, taps }: PreparedMachine): NetworkCard[] {
  const chosen = [...(taps?.chosen ?? [])];
  let fd = FIRST_INHERITED_FD;
  return cards.map((card) => {
    const { macAddress } = card;
    if (card.kind === "inherited") {
      return { macAddress, backend: { kind: "inherited", fd: fd++ } };
    }
    if (card.kind === "unix-datagram") {
      const { localPath, remotePath } = card;
      return { macAddress, backend: { kind: "unix-datagram", localPath, remotePath } };
    }
    const interfaceName = chosen.shift();
    const backend: NetworkBackend =
      interfaceName === undefined ? { kind: "user" } : { kind: "tap", interfaceName };
    return { macAddress, backend };
  });
}

/** Removes the sockets QEMU bound and, killed, left. */
export async function removeDatagramSockets({ cards }: PreparedMachine): Promise<void> {
  for (const card of cards) {
    if (card.kind === "unix-datagram") await removeIfPresent(card.localPath);
  }
}

/** `ERR_QEMU_FAILED`, with what QEMU said last. */
export function qemuFailed(end: ProcessEnd, lastWords: readonly string[]): Error {
  const said = lastWords.length === 0 ? " and printed nothing" : `:\n${indent(lastWords)}`;
  return failure("ERR_QEMU_FAILED", `QEMU ${describeEnd(end)}${said}`);
}
