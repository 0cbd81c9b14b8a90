import { join } from "node:path";
import { isMachineName } from "./names.js";
import type { Store } from "./store.js";

/** Every file of a machine. Absolute paths. */
export interface MachinePaths {
  readonly directory: string;
  readonly config: string;
  readonly iso: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly disk: string;
  readonly extraDisks: readonly string[];
  /** Private key, OpenSSH format; the public key is beside it with `.pub`. */
  readonly key: string;
  readonly publicKey: string;
  readonly knownHosts: string;
  readonly vfkitPid: string;
  readonly vfkitLog: string;
  readonly serialLog: string;
  readonly helperPid: string;
  readonly helperLog: string;
  /** There while a start is under way, and after one that was killed. */
  readonly starting: string;
  /** There until the first start of `create` is done. */
  readonly creating: string;
  /** There until a guest has let us in for the first time: until then nobody's data is on the disk. */
  readonly newDisk: string;
  readonly socketDir: string;
  readonly vfkitSocket: string;
  readonly helperSocket: string;
}

export const CONFIG_FILE = "config.json";
export const VFKIT_PID = "vfkit.pid";
export const STARTING = "starting.json";
export const VFKIT_SOCKET = "vfkit.sock";
export const HELPER_SOCKET = "vmnet-helper.sock";

/** @param socketDir where the sockets are, when not in `directory` */
export function machinePaths(
  directory: string,
  name: string,
  extraDisks: number,
  socketDir: string = directory,
): MachinePaths {
  const inside = (file: string): string => join(directory, file);
  return {
    directory,
    config: inside(CONFIG_FILE),
    iso: inside("boot2docker.iso"),
    kernel: inside("bzimage"),
    initrd: inside("initrd"),
    disk: inside("disk.img"),
    extraDisks: Array.from({ length: extraDisks }, (_, index) =>
      inside(`${name}-${index}.rawdisk`),
    ),
    key: inside("id_ed25519"),
    publicKey: inside("id_ed25519.pub"),
    knownHosts: inside("known_hosts"),
    vfkitPid: inside(VFKIT_PID),
    vfkitLog: inside("vfkit.log"),
    serialLog: inside("serial.log"),
    helperPid: inside("vmnet-helper.pid"),
    helperLog: inside("vmnet-helper.log"),
    starting: inside(STARTING),
    creating: inside("creating.json"),
    newDisk: inside("new-disk"),
    socketDir,
    vfkitSocket: join(socketDir, VFKIT_SOCKET),
    helperSocket: join(socketDir, HELPER_SOCKET),
  };
}

export function machineDirectory(store: Store, name: string): string {
  return join(store.machines, name);
}

/** Where a machine is built before it is renamed into place: a sibling, so on the same file system. */
export function creatingDirectory(store: Store, name: string): string {
  return join(store.machines, `.${name}.creating`);
}

/** Where a machine goes before it is deleted, so that half a machine is never seen. */
export function removingDirectory(store: Store, name: string): string {
  return join(store.machines, `.${name}.removing`);
}

/** The machine whose leftover this directory entry is, or undefined. */
export function leftoverOf(entry: string): string | undefined {
  const name = /^\.(.+)\.(?:creating|removing)$/.exec(entry)?.[1] ?? "";
  return isMachineName(name) ? name : undefined;
}
