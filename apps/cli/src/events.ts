import type { DriverEvent } from "@vfkit-machine/driver";

interface DownloadData {
  "download.waiting": { readonly url: string };
  "download.started": { readonly url: string; readonly resumedAtBytes: number };
  /** At most four times a second. */
  "download.progress": { readonly bytes: number; readonly totalBytes: number | null };
  "download.retrying": { readonly reason: string; readonly attempt: number };
  "download.verified": {
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
  };
  "download.cached": { readonly path: string };
}

/** A step of a download, in the shape of the driver's events; `machine` is what it is for. */
export type DownloadEvent = {
  [T in keyof DownloadData]: {
    readonly type: T;
    readonly machine: string;
    /** Unix milliseconds. */
    readonly at: number;
    /** Milliseconds since the download began. */
    readonly elapsedMs: number;
    readonly data: DownloadData[T];
  };
}[keyof DownloadData];

export type EmitDownload = <T extends DownloadEvent["type"]>(
  type: T,
  data: DownloadData[T],
) => void;

/** Everything that is reported while a command works. */
export type CliEvent = DriverEvent | DownloadEvent;
