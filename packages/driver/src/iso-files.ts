/** Where a boot2docker-style ISO keeps what boots. */
export const BOOT_FILES = { kernel: "/boot/bzimage", initrd: "/boot/initrd" } as const;
