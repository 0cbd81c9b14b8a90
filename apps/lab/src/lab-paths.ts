import { dirname, join } from "node:path";

/** Everything of the lab lies below this tmpfs. Short: a unix socket's path has 103 bytes on macOS. */
export const LAB = "/mnt/lab";
/** For root of the lab only: what is mounted elsewhere, and the way out to the repository. */
export const PRIVATE: string = `${LAB}/private`;
/** The knobs of `labctl`, one small file each. */
export const ETC: string = `${LAB}/etc`;
export const BIN: string = `${LAB}/bin`;
export const LIBEXEC: string = `${LAB}/libexec`;
export const LOG: string = `${LAB}/log`;
export const RUN: string = `${LAB}/run`;
export const TMP: string = `${LAB}/tmp`;
export const HOME: string = `${LAB}/home`;
/** The repository as the lab's user sees it. */
export const REPOSITORY: string = `${LAB}/repo`;
export const GUEST_ISO: string = `${LAB}/share/guest.iso`;
/** Tells vfm what computer it runs on. */
export const ARCHITECTURE_MODULE: string = `${LIBEXEC}/architecture.mjs`;
/** The way out, for root of the lab: the repository itself, writable. */
export const OUTSIDE_REPOSITORY: string = `${PRIVATE}/repository`;
/** Where setup leaves the command for PID 1: words ended by NUL. */
export const COMMAND_FILE: string = `${PRIVATE}/command`;

export const BRIDGE = "bridge100";
export const ROUTER_ADDRESS = "192.168.64.1";
/** A host that is no machine of the lab: answers ping and HTTP, reached through the router. */
export const WORLD_ADDRESS = "203.0.113.2";
/** Taps of each pool, `vfnat` for vfkit's nat, `vmnet` for vmnet-helper. */
export const TAPS_PER_POOL = 16;
/** The plain user of the lab, with the ids of a Mac's first user. */
export const MAC_USER = { name: "mac", uid: 501, gid: 20 } as const;

export const HOST_NAME = "mac";

/** The root of the repository: this file is in `apps/lab/dist`. */
export const HOST_REPOSITORY: string = join(import.meta.dirname, "../../..");
/** `apps/lab` of the repository. */
export const APP: string = dirname(import.meta.dirname);
