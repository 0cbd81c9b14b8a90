export { createBoot2dockerDisk, createRawDisk } from "./create.js";
export { growDisk } from "./grow.js";
export { inspectDisk } from "./inspect.js";
export type {
  Boot2dockerDisk,
  Boot2dockerDiskOptions,
  Disk,
  DiskFilesystem,
  DiskInspection,
  DiskSizeOptions,
  GrownDisk,
  UserdataOptions,
} from "./types.js";
export { encodeUserdata } from "./userdata.js";
