import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CreateMachineOptions, DriverEvent } from "../src/index.js";
import type { World } from "./world.js";

export type EventType = DriverEvent["type"];

const SOURCE = fileURLToPath(new URL("../src/events.ts", import.meta.url));

/** Every type of event that there is, as its source lists them. */
export function everyType(): string[] {
  const found = readFileSync(SOURCE, "utf8").matchAll(/^ {2}"([a-z][a-z.-]+)": /gm);
  return [...found].map(([, type]) => type ?? "");
}

/** A machine with everything that makes an event when it is created and started. */
export function optionsOf(world: World): CreateMachineOptions {
  return world.options({
    network: "vmnet-shared",
    extraDiskSizesMiB: [1],
    mounts: [{ hostPath: world.directory, guestPath: "/mnt/a" }],
  });
}

/** What each part of an operation on such a machine emits, in order. */
export const CHECK: readonly EventType[] = [
  "check.started",
  "check.vfkit.found",
  "check.vmnet-helper.found",
  "check.done",
];
export const MAKE: readonly EventType[] = [
  "create.started",
  "create.iso.copied",
  "create.boot.extracted",
  "create.key.made",
  "create.disk.made",
  "create.extra-disk.made",
  "create.config.written",
];
export const START: readonly EventType[] = [
  "start.started",
  "start.helper.spawned",
  "start.helper.ready",
  "start.vfkit.spawned",
  "start.rest.ready",
  "start.vm.running",
  "start.lease.waiting",
  "start.lease.found",
  "start.ssh.waiting",
  "start.ssh.ready",
  "start.mount.done",
  "start.done",
];
export const STOP: readonly EventType[] = ["stop.started", "stop.requested"];
export const STOPPED: readonly EventType[] = ["stop.vm.exited", "stop.helper.stopped", "stop.done"];
