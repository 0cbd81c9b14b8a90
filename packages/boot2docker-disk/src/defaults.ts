/** Bytes in a MiB. Every size this package takes is in MiB; every size it reports is in bytes. */
export const MIB: number = 1024 * 1024;

/** A disk that begins with these 29 bytes is formatted by a boot2docker guest at its next boot. */
export const MAGIC = "boot2docker, please format-me";

/** What the guest saves of the image before it formats the disk: only the first 4096 bytes. */
export const USERDATA_BYTES = 4096;

/** The label by which the guest finds its file system again at every later boot. */
export const DATA_LABEL = "boot2docker-data";

/** Permissions of a disk image: a machine's data belongs to its owner. */
export const DISK_MODE = 0o600;
