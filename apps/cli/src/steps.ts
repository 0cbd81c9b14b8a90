import type { CliEvent } from "./events.js";
import { formatSizeMiB } from "./format-size.js";

/** How an event reads to a person: what is now done, and what goes on from here. */
export interface Step {
  /** One line that stays; left out when the event only begins something. */
  readonly done?: string;
  /** What is shown while it goes on. */
  readonly next?: string;
  readonly warning?: string;
}

const MIB = 1024 * 1024;

/** The files of a machine are made side by side: no step is the one that goes on. */
const MAKING = "Making the machine";

/** @returns undefined for events that a person need not see */
export function describeStep(event: CliEvent): Step | undefined {
  switch (event.type) {
    case "check.started":
      return { next: "Checking vfkit and the options" };
    case "check.vfkit.found":
      return { done: `Found vfkit ${event.data.version}`, next: "Checking the options" };
    case "check.vmnet-helper.found":
      return { done: `Found vmnet-helper ${event.data.version}` };
    case "create.started":
      return { next: MAKING };
    case "create.iso.copied": {
      const size = formatSizeMiB(Math.ceil(event.data.sizeBytes / MIB));
      const how = event.data.cloned ? "Cloned" : "Copied";
      return { done: `${how} the ISO (${size})`, next: MAKING };
    }
    case "create.boot.extracted":
      return { done: "Took kernel and initrd out of the ISO", next: MAKING };
    case "create.key.made":
      return { done: "Made an SSH key", next: MAKING };
    case "create.disk.made":
      return {
        done: `Made the data disk (${formatSizeMiB(event.data.sizeMiB)}, sparse)`,
        next: MAKING,
      };
    case "create.extra-disk.made":
      return {
        done: `Made an extra disk (${formatSizeMiB(event.data.sizeMiB)}, sparse)`,
        next: MAKING,
      };
    case "start.started":
      return { next: "Starting" };
    case "start.helper.spawned":
      return { next: "Waiting for vmnet-helper" };
    case "start.helper.ready":
      return { done: "Started vmnet-helper", next: "Starting vfkit" };
    case "start.vfkit.spawned":
      return { done: `Started vfkit (pid ${event.data.pid})`, next: "Waiting for vfkit" };
    case "start.vm.running":
      return { done: "The virtual machine runs" };
    case "start.lease.waiting":
      return {
        next: `Waiting for the guest to boot and lease an address (${event.data.macAddress})`,
      };
    case "start.disk.renewed":
      return { warning: "The first boot was cut off: made the data disk anew" };
    case "start.firewall.blocked":
      return {
        warning: `The firewall blocks bootpd: ${event.data.reason}`,
        next: "Unblocking bootpd",
      };
    case "start.firewall.unblocked":
      return { done: "Unblocked bootpd in the firewall", next: "Waiting for a lease" };
    case "start.lease.found":
      return { done: `The guest has ${event.data.ip}`, next: "Waiting for SSH" };
    case "start.ssh.ready":
      return { done: "SSH answers" };
    case "start.mount.done":
      return { done: `Mounted ${event.data.hostPath} on ${event.data.guestPath}` };
    case "start.rosetta.registered":
      return { done: "Registered Rosetta" };
    case "download.waiting":
      return { next: "Waiting for another download of the same ISO" };
    case "download.started": {
      const { url, resumedAtBytes } = event.data;
      const from = resumedAtBytes > 0 ? `, going on at ${formatBytes(resumedAtBytes)}` : "";
      return { done: `Downloading ${url}${from}`, next: "Downloading" };
    }
    case "download.progress": {
      const { bytes, totalBytes } = event.data;
      const percent = totalBytes === null ? "" : ` (${Math.floor((bytes / totalBytes) * 100)} %)`;
      const of = totalBytes === null ? "" : ` of ${formatBytes(totalBytes)}`;
      return { next: `Downloading: ${formatBytes(bytes)}${of}${percent}` };
    }
    case "download.retrying":
      return { warning: `The download broke off: ${event.data.reason}`, next: "Trying again" };
    case "download.verified":
      return { done: `Downloaded and verified (${formatBytes(event.data.sizeBytes)})` };
    case "download.cached":
      return { done: `Found the ISO in the cache: ${event.data.path}` };
    case "start.undone":
      return { warning: "Undid what was started" };
    case "stop.started":
      return { next: "Stopping" };
    case "stop.requested":
      return { next: "Waiting for the guest to shut down" };
    case "stop.terminating":
      return { warning: "The guest did not shut down in time", next: "Ending vfkit" };
    case "stop.killing":
      return { next: "Cutting the power" };
    case "remove.started":
      return { next: "Removing" };
    case "check.done":
    case "create.config.written":
    case "create.done":
    case "start.stale.removed":
    case "start.rest.ready":
    case "start.ssh.waiting":
    case "start.done":
    case "stop.vm.exited":
    case "stop.helper.stopped":
    case "stop.done":
    case "remove.done":
      return undefined;
    default:
      return undefined;
  }
}

function formatBytes(bytes: number): string {
  return formatSizeMiB(Math.ceil(bytes / MIB));
}
