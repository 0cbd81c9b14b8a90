import { expect, test } from "vitest";
import { packagesOf, prerequisites } from "./prerequisites.js";

test("names each package once, sorted", () => {
  expect(packagesOf(prerequisites("x64"), 13)).toEqual([
    "cpio",
    "dnsmasq-base",
    "iproute2",
    "kmod",
    "mount",
    "nftables",
    "openssh-client",
    "procps",
    "python3",
    "qemu-system-x86",
    "sudo",
    "util-linux",
    "virtiofsd",
    "xorriso",
  ]);
});

test("on arm64 another QEMU, on Debian 12 QEMU's own virtiofsd", () => {
  const packages = packagesOf(prerequisites("arm64"), 12);
  expect(packages).toContain("qemu-system-arm");
  expect(packages).toContain("qemu-system-common");
  expect(packages).not.toContain("qemu-system-x86");
  expect(packages).not.toContain("virtiofsd");
});
