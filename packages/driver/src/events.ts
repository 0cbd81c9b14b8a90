/** Steps of an operation, in the order in which they happen; `data` names what the step learned. */
interface EventData {
  "check.started": { readonly network: string };
  "check.vfkit.found": { readonly path: string; readonly version: string };
  "check.vmnet-helper.found": { readonly path: string; readonly version: string };
  "check.done": object;

  "create.started": { readonly directory: string };
  "create.iso.copied": { readonly sizeBytes: number; readonly cloned: boolean };
  "create.boot.extracted": { readonly kernelBytes: number; readonly initrdBytes: number };
  "create.key.made": { readonly publicKey: string };
  "create.disk.made": { readonly sizeMiB: number };
  "create.extra-disk.made": { readonly path: string; readonly sizeMiB: number };
  "create.config.written": object;
  "create.done": object;

  "start.started": object;
  "start.stale.removed": { readonly path: string };
  "start.disk.renewed": { readonly path: string };
  "start.helper.spawned": { readonly pid: number };
  "start.helper.ready": { readonly interfaceId: string | undefined };
  "start.vfkit.spawned": { readonly pid: number; readonly argv: readonly string[] };
  "start.rest.ready": object;
  "start.vm.running": object;
  "start.lease.waiting": { readonly macAddress: string };
  "start.firewall.blocked": { readonly reason: string };
  "start.firewall.unblocked": object;
  "start.lease.found": { readonly ip: string };
  "start.ssh.waiting": { readonly ip: string };
  "start.ssh.ready": { readonly ip: string };
  "start.mount.done": { readonly hostPath: string; readonly guestPath: string };
  "start.rosetta.registered": object;
  "start.done": { readonly ip: string };
  "start.undone": { readonly reason: string };

  "stop.started": object;
  "stop.requested": object;
  "stop.terminating": object;
  "stop.killing": object;
  "stop.vm.exited": { readonly outcome: string };
  "stop.helper.stopped": { readonly outcome: string };
  "stop.done": { readonly outcome: string };

  "remove.started": object;
  "remove.done": { readonly leftBehind: number };
}

export type DriverEventType = keyof EventData;

/** Something that happened, at a time. */
export type DriverEvent = {
  [T in DriverEventType]: {
    readonly type: T;
    readonly machine: string;
    /** Unix milliseconds. */
    readonly at: number;
    /** Milliseconds since the operation began. */
    readonly elapsedMs: number;
    readonly data: EventData[T];
  };
}[DriverEventType];
