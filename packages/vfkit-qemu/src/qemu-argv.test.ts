import { parseMacAddress } from "@vfkit-machine/host";
import { parseArgv } from "@vfkit-machine/vfkit-config";
import { describe, expect, test } from "vitest";
import { buildQemuArgv, type QemuPlan } from "./qemu-argv.js";
import { qemuPlatform } from "./qemu-platform.js";
import { requireSupported } from "./refusals.js";

const BOOT = ["--kernel", "/b/bzimage", "--initrd", "/b/init,rd", "--kernel-cmdline", "a=1,2 b"];
const macAddress = parseMacAddress("5a:94:ef:e4:0c:ee");

function argvOf(
  flags: readonly string[],
  rest: Partial<Omit<QemuPlan, "machine">> = {},
): readonly string[] {
  return buildQemuArgv({
    platform: qemuPlatform("x64"),
    accelerator: "tcg",
    machine: requireSupported(parseArgv([...BOOT, ...flags])),
    networkCards: [],
    virtiofsdSockets: [],
    controlFd: 3,
    name: "vfkit-1",
    ...rest,
  });
}

function devices(...given: readonly string[]): string[] {
  return given.flatMap((device) => ["--device", device]);
}

function rngs(count: number): string[] {
  return devices(...Array<string>(count).fill("virtio-rng"));
}

/** The values of an option, its JSON read. */
function valuesOf(argv: readonly string[], option: string): unknown[] {
  return argv.flatMap((word, index) => {
    const value = argv[index + 1] ?? "";
    if (word !== option) return [];
    return [value.startsWith("{") ? (JSON.parse(value) as unknown) : value];
  });
}

describe("buildQemuArgv", () => {
  test("a machine without devices, whole", () => {
    const argv = argvOf(["--cpus", "2", "--memory", "1024"]);
    expect(argv).toEqual(
      [
        ["-name", "vfkit-1", "-nodefaults", "-no-user-config", "-display", "none"],
        ["-machine", "q35,sata=off,smbus=off,usb=off,vmport=off,i8042=off,accel=tcg"],
        ["-cpu", "max,la57=off", "-smp", "2", "-m", "1024M"],
        ["-chardev", "socket,id=control,fd=3", "-mon", "chardev=control,mode=control"],
        // Verbatim, commas and all.
        ["-kernel", "/b/bzimage", "-initrd", "/b/init,rd", "-append", "a=1,2 b"],
      ].flat(),
    );
  });

  test("under KVM the guest gets the host's CPU", () => {
    const argv = argvOf([], { accelerator: "kvm" });
    expect(valuesOf(argv, "-cpu")).toEqual(["host"]);
    expect(valuesOf(argv, "-machine")[0]).toContain("accel=kvm");
  });

  test("devices get slots in the order they are given, whatever their kind", () => {
    const argv = argvOf(
      devices(
        "virtio-blk,path=/d/1",
        "virtio-rng",
        "virtio-blk,path=/d/2,readonly",
        "nvme,path=/d/3",
      ),
    );
    expect(valuesOf(argv, "-device")).toEqual([
      { driver: "virtio-blk-pci", drive: "device0", addr: "0x1", werror: "report" },
      { driver: "virtio-rng-pci", addr: "0x2" },
      { driver: "virtio-blk-pci", drive: "device2", addr: "0x3", werror: "report" },
      { driver: "nvme", serial: "device3", drive: "device3", addr: "0x4" },
    ]);
    expect(valuesOf(argv, "-blockdev")).toMatchObject([
      { "node-name": "device0", "read-only": false, file: { driver: "file", filename: "/d/1" } },
      { "node-name": "device2", "read-only": true },
      { "node-name": "device3" },
    ]);
  });

  test("a block device of the host, and an identifier", () => {
    const argv = argvOf(devices("virtio-blk,path=/dev/sdb,type=dev,deviceId=data"));
    expect(valuesOf(argv, "-blockdev")).toMatchObject([
      { file: { driver: "host_device", filename: "/dev/sdb" } },
    ]);
    expect(valuesOf(argv, "-device")).toMatchObject([{ serial: "data" }]);
  });

  test.each([
    ["nbd://host/disk", { type: "inet", host: "host", port: "10809" }, "disk"],
    ["nbd://host:99", { type: "inet", host: "host", port: "99" }, undefined],
    ["nbd+unix:///a%20b?socket=/run/nbd", { type: "unix", path: "/run/nbd" }, "a b"],
  ])("%s", (uri, server, exportName) => {
    const argv = argvOf(devices(`nbd,uri=${uri},deviceId=x,sync=none`));
    const [node] = valuesOf(argv, "-blockdev") as { file: Record<string, unknown> }[];
    expect(node?.file["server"]).toEqual(server);
    expect(node?.file["export"]).toBe(exportName);
    expect(node).toMatchObject({ cache: { "no-flush": true } });
  });

  test.each([
    [{ kind: "user" }, { type: "user" }],
    [
      { kind: "tap", interfaceName: "nat0" },
      { type: "tap", ifname: "nat0", script: "no", downscript: "no" },
    ],
    [
      { kind: "inherited", fd: 4 },
      { type: "dgram", local: { type: "fd", str: "4" } },
    ],
    [
      { kind: "unix-datagram", localPath: "/n/l", remotePath: "/n/r" },
      {
        type: "dgram",
        local: { type: "unix", path: "/n/l" },
        remote: { type: "unix", path: "/n/r" },
      },
    ],
  ] as const)("a card on %o", (backend, netdev) => {
    const argv = argvOf(devices("virtio-net,nat"), { networkCards: [{ macAddress, backend }] });
    expect(valuesOf(argv, "-netdev")).toEqual([{ id: "device0", ...netdev }]);
    expect(valuesOf(argv, "-device")).toEqual([
      { driver: "virtio-net-pci", netdev: "device0", mac: macAddress, addr: "0x1", romfile: "" },
    ]);
  });

  test("consoles are ports of one controller; the first log has COM1 too", () => {
    const argv = argvOf(
      devices(
        "virtio-serial,pty",
        "virtio-rng",
        "virtio-serial,logFilePath=/l/1",
        "virtio-serial,stdio",
      ),
    );
    expect(valuesOf(argv, "-device")).toEqual([
      { driver: "virtio-serial-pci", id: "serial", addr: "0x1", max_ports: 4 },
      { driver: "virtconsole", bus: "serial.0", chardev: "device0" },
      { driver: "virtio-rng-pci", addr: "0x2" },
      { driver: "virtconsole", bus: "serial.0", chardev: "device2" },
      { driver: "isa-serial", chardev: "com1", index: 0 },
      { driver: "virtconsole", bus: "serial.0", chardev: "device3" },
    ]);
    expect(valuesOf(argv, "-chardev")).toEqual([
      "socket,id=control,fd=3",
      "pty,id=device0",
      "file,id=device2,append=on,path=/l/1",
      "file,id=com1,append=on,path=/l/1",
      "stdio,id=device3,signal=off",
    ]);
  });

  test("arm64 has no COM1", () => {
    const platform = qemuPlatform("arm64");
    const argv = argvOf(devices("virtio-serial,logFilePath=/l/1"), { platform });
    expect(JSON.stringify(argv)).not.toContain("isa-serial");
    expect(valuesOf(argv, "-machine")).toEqual(["virt,gic-version=max,accel=tcg"]);
  });

  test("shared directories share the guest's memory", () => {
    const argv = argvOf(devices("virtio-fs,sharedDir=/s,mountTag=t", "virtio-fs,sharedDir=/a/b/"), {
      virtiofsdSockets: ["/r/0,.sock", "/r/1.sock"],
    });
    expect(valuesOf(argv, "-object")).toEqual(["memory-backend-memfd,id=ram,share=on,size=512M"]);
    expect(valuesOf(argv, "-machine")[0]).toMatch(/,memory-backend=ram$/);
    expect(valuesOf(argv, "-chardev").slice(1)).toEqual([
      "socket,id=device0,path=/r/0,,.sock",
      "socket,id=device1,path=/r/1.sock",
    ]);
    expect(valuesOf(argv, "-device")).toMatchObject([
      { driver: "vhost-user-fs-pci", chardev: "device0", tag: "t" },
      { driver: "vhost-user-fs-pci", chardev: "device1", tag: "b" },
    ]);
  });

  test("balloon, screen, keyboard, pointer and USB disk", () => {
    const argv = argvOf(
      devices(
        "virtio-balloon",
        "virtio-gpu,width=640,height=480",
        "virtio-input,keyboard",
        "virtio-input,pointing",
        "usb-mass-storage,path=/u",
      ),
    );
    expect(valuesOf(argv, "-device")).toEqual([
      { driver: "virtio-balloon-pci", addr: "0x1" },
      { driver: "virtio-gpu-pci", addr: "0x2", xres: 640, yres: 480 },
      { driver: "qemu-xhci", id: "device2", addr: "0x3" },
      { driver: "usb-kbd", bus: "device2.0" },
      { driver: "qemu-xhci", id: "device3", addr: "0x4" },
      { driver: "usb-tablet", bus: "device3.0" },
      { driver: "qemu-xhci", id: "usb-device4", addr: "0x5" },
      { driver: "usb-storage", drive: "device4", bus: "usb-device4.0" },
    ]);
  });

  test("thirty devices fit, one more is refused", () => {
    expect(valuesOf(argvOf(rngs(30)), "-device").at(-1)).toMatchObject({ addr: "0x1e" });
    expect(() => argvOf(rngs(31))).toThrow("more than 30 devices");
  });
});

describe("requireSupported", () => {
  test.each([
    [["--device", "virtio-vsock,port=1,socketURL=/s"], "virtio-vsock"],
    [["--device", "rosetta,mountTag=r"], "rosetta"],
    [["--device", "nbd,uri=nbds://host,deviceId=x"], "an nbd device over TLS (nbds://host)"],
    [["--gui"], "--gui"],
    [["--nested"], "--nested"],
    [["--timesync", "vsockPort=1"], "--timesync"],
    [["--ignition", "/i"], "--ignition"],
    [["--cloud-init", "/c/user-data"], "--cloud-init"],
  ])("%j is refused by name", (flags, name) => {
    expect(() => requireSupported(parseArgv([...BOOT, ...flags]))).toThrow(
      expect.objectContaining({
        code: "ERR_UNSUPPORTED_BY_QEMU",
        message: `QEMU cannot stand in for ${name}`,
      }),
    );
  });

  test.each([
    ["efi,variable-store=/v,create", "the efi bootloader"],
    ["macos,machineIdentifierPath=/a,hardwareModelPath=/b,auxImagePath=/c", "the macos bootloader"],
  ])("--bootloader %s is refused by name", (bootloader, name) => {
    expect(() => requireSupported(parseArgv(["--bootloader", bootloader]))).toThrow(
      `QEMU cannot stand in for ${name}`,
    );
  });

  test("Rosetta that may be missing is dropped", () => {
    const machine = parseArgv([...BOOT, "--device", "rosetta,mountTag=r,ignore-if-missing"]);
    expect(requireSupported(machine).devices).toEqual([]);
  });
});

describe("qemuPlatform", () => {
  test("machines that no vfkit runs on are refused by name", () => {
    expect(() => qemuPlatform("riscv64")).toThrow("machines of x64 and arm64, not of riscv64");
  });
});
