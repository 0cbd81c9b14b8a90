/** What the process outside tells the processes that set the lab up and leave it. */
export interface LabConfig {
  /** The command and its arguments. */
  readonly command: readonly string[];
  /** Run it as root of the namespace, else as the lab's plain user where there can be one. */
  readonly asRoot: boolean;
  /** In a user namespace: one uid only, no sudo, no device nodes. */
  readonly userNamespace: boolean;
  /** Root of the repository, as the host has it. */
  readonly repository: string;
  /** The directory that the command was called in. */
  readonly cwd: string;
  /** Of the Mac that the lab is, as `process.arch`; emulated where it is not the computer's own. */
  readonly arch: string;
  readonly guestIso: string;
  /** Node.js. */
  readonly node: string;
  /** Kept from lab to lab: what vfkit-qemu found out about KVM on this host. */
  readonly kvmVerdict: string;
}

/** @throws Error on anything but what {@link LabConfig} says: it comes from ourselves */
export function parseLabConfig(json: string | undefined): LabConfig {
  if (json === undefined) throw new Error("the lab's configuration is missing");
  return JSON.parse(json) as LabConfig;
}

/** Does the command run as the plain user `mac`? In a user namespace there is no second uid for it. */
export function runsAsMac(config: LabConfig): boolean {
  return !config.asRoot && !config.userNamespace;
}
