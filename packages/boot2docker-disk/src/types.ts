/** How large a disk shall be. */
export interface DiskSizeOptions {
  /** Size in MiB (1024 * 1024 bytes): a whole number from 1 up. The file takes only what is written to it. */
  readonly sizeMiB: number;
  /** Ends the work with `ERR_ABORTED`; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link encodeUserdata} takes. */
export interface UserdataOptions {
  /**
   * One line as in an OpenSSH `.pub` file (`ssh-ed25519 AAAA... comment`), with or without a newline
   * at its end. At most 512 bytes with that newline.
   */
  readonly publicKey: string;
}

/** What {@link createBoot2dockerDisk} takes. */
export interface Boot2dockerDiskOptions extends DiskSizeOptions, UserdataOptions {}

/** A disk that was made or grown. */
export interface Disk {
  readonly path: string;
  readonly sizeBytes: number;
}

/** A data disk that was made. */
export interface Boot2dockerDisk extends Disk {
  /** Bytes of the tar at the beginning of the image. */
  readonly headerBytes: number;
}

/** What {@link growDisk} did. */
export interface GrownDisk extends Disk {
  /** Size before, in bytes; equal to `sizeBytes` when there was nothing to do. */
  readonly previousSizeBytes: number;
}

/** An ext2, ext3 or ext4 file system found in an image. */
export interface DiskFilesystem {
  /** By its feature flags, as `blkid` tells them apart. */
  readonly type: "ext2" | "ext3" | "ext4";
  /** Volume label; empty when it has none. */
  readonly label: string;
  /** Where it begins in the image: 0 when it covers the whole disk. */
  readonly offsetBytes: number;
  /** Number of the partition that holds it, from 1; undefined when it covers the whole disk. */
  readonly partition: number | undefined;
}

/** What {@link inspectDisk} found. */
export interface DiskInspection {
  readonly path: string;
  /** Size that a guest sees. */
  readonly sizeBytes: number;
  /** Space that the image takes on the host's disk. */
  readonly allocatedBytes: number;
  /** Does the image begin with the magic string? */
  readonly hasMagic: boolean;
  /** Lines of `.ssh/authorized_keys` within the first 4096 bytes; empty once the guest has formatted the disk. */
  readonly publicKeys: readonly string[];
  readonly partitionTable: "gpt" | "mbr" | "none";
  /** ext file systems on the whole disk or in its partitions, in the order of their place. */
  readonly filesystems: readonly DiskFilesystem[];
  /**
   * What a boot2docker guest does with the disk at its next boot: `mount` what carries the label
   * `boot2docker-data`, `format` a disk with the magic and without partitions or file system,
   * `ignore` everything else.
   */
  readonly guestAction: "format" | "mount" | "ignore";
}
