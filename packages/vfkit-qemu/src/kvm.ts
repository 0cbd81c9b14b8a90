import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import {
  isMachineError,
  readFileBounded,
  systemErrorCode,
  withDeadline,
  writeFileAtomic,
  type Host,
} from "@vfkit-machine/host";
import { ENVIRONMENT, KVM_PROBE_TIMEOUT_MS } from "./defaults.js";
import { failure } from "./errors.js";
import type { Accelerator, QemuPlatform } from "./qemu-platform.js";
import { ensureRunDirectory } from "./run-directory.js";
import { startSupervised } from "./supervised.js";

/**
 * KVM where it works, else emulation. `/dev/kvm` can be there, open, and then hang every guest, so
 * the first machine after each boot of the host starts its kernel under KVM once, for as long as it
 * takes to print its first line; the verdict is kept in the run directory. A machine of another
 * architecture than the host's is always emulated.
 *
 * @param options `kernelPath` is a kernel that boots on this host
 * @throws MachineError `ERR_UNSUPPORTED_BY_QEMU` for an unknown value of `VFKIT_QEMU_ACCEL`,
 *   `ERR_ABORTED`, `ERR_RUN_DIRECTORY`
 */
export async function chooseAccelerator(
  host: Host,
  options: {
    readonly qemuPath: string;
    readonly platform: QemuPlatform;
    readonly kernelPath: string;
    readonly signal?: AbortSignal | undefined;
    /** Milliseconds for the kernel's first line (default 3 s). */
    readonly timeoutMs?: number | undefined;
  },
): Promise<Accelerator> {
  const asked = host.env[ENVIRONMENT.accelerator] ?? "";
  if (!["", "kvm", "tcg"].includes(asked)) {
    const message = `${ENVIRONMENT.accelerator} must be kvm or tcg, not ${JSON.stringify(asked)}`;
    throw failure("ERR_UNSUPPORTED_BY_QEMU", message);
  }
  const { arch } = options.platform;
  if (asked === "kvm" && arch !== host.arch) {
    const message = `${ENVIRONMENT.accelerator}=kvm: no ${arch} machine runs under KVM on ${host.arch}`;
    throw failure("ERR_UNSUPPORTED_BY_QEMU", message);
  }
  if (asked === "kvm") return "kvm";
  if (asked === "tcg" || arch !== host.arch) return "tcg";
  if (!(await canOpenKvm())) return "tcg";
  const verdictPath = join(await ensureRunDirectory(host), "kvm-works.json");
  const bootId = (await readFileBounded("/proc/sys/kernel/random/boot_id", 100)).toString().trim();
  const known = await readVerdict(verdictPath, bootId);
  if (known !== undefined) return known ? "kvm" : "tcg";
  const { signal, timeoutMs = KVM_PROBE_TIMEOUT_MS } = options;
  const argv = probeArgv(options.qemuPath, options.platform, options.kernelPath);
  const works = await kernelSpeaks(host, argv, { signal, timeoutMs });
  host.logger.info(
    works ? "KVM works" : `no kernel line under KVM within ${timeoutMs} ms: emulating`,
  );
  await writeFileAtomic(verdictPath, formatVerdict(works, bootId));
  return works ? "kvm" : "tcg";
}

/** The command line of the probe: a kernel without devices that writes to the serial port. */
export function probeArgv(qemuPath: string, platform: QemuPlatform, kernelPath: string): string[] {
  const append = `console=${platform.earlyConsole} earlyprintk=serial earlycon panic=-1`;
  return [
    [qemuPath, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    ["-machine", `${platform.machine},accel=kvm`, "-cpu", platform.cpu.kvm, "-m", "512M"],
    ["-kernel", kernelPath, "-append", append, "-serial", "stdio"],
  ].flat();
}

/** @returns undefined for a verdict of another boot, and for what is no verdict */
export function parseVerdict(text: string, bootId: string): boolean | undefined {
  try {
    const verdict = JSON.parse(text) as { bootId?: unknown; works?: unknown } | null;
    if (verdict?.bootId !== bootId || typeof verdict.works !== "boolean") return undefined;
    return verdict.works;
  } catch {
    // Not JSON: probing again costs less than trusting it.
    return undefined;
  }
}

export function formatVerdict(works: boolean, bootId: string): string {
  return `${JSON.stringify({ bootId, works })}\n`;
}

async function readVerdict(path: string, bootId: string): Promise<boolean | undefined> {
  try {
    return parseVerdict((await readFileBounded(path, 4096)).toString("utf8"), bootId);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT" || isMachineError(error, "ERR_FILE_TOO_LARGE")) {
      return undefined;
    }
    throw error;
  }
}

async function canOpenKvm(): Promise<boolean> {
  try {
    await access("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    // Absent or not ours: emulation is the answer to both.
    return false;
  }
}

async function kernelSpeaks(
  host: Host,
  argv: readonly string[],
  { signal, timeoutMs }: { readonly signal: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<boolean> {
  const qemu = await startSupervised(argv, ["ignore", "pipe", "pipe"], host.env, (line) =>
    host.logger.debug(`qemu: ${line}`),
  );
  try {
    const spoke = new Promise<boolean>((resolve) => {
      let output = "";
      qemu.child.stdout?.on("data", (chunk: Buffer) => {
        output = (output + chunk.toString("latin1")).slice(-4096);
        if (output.includes("Linux version")) resolve(true);
      });
    });
    return await withDeadline("probing KVM", { signal, timeoutMs, clock: host.clock }, () =>
      Promise.race([spoke, qemu.exited.then(() => false)]),
    );
  } catch (error) {
    if (isMachineError(error, "ERR_TIMEOUT")) return false;
    throw error;
  } finally {
    qemu.kill();
    await qemu.exited;
  }
}
