import fc from "fast-check";
import { isMachineError, parseMacAddress } from "@vfkit-machine/host";
import {
  buildVirtualMachine,
  OLDEST_VFKIT,
  parseMachineConfig,
  type MachineConfig,
  type VirtualMachinePaths,
} from "@vfkit-machine/driver";
import { requiredVersion } from "@vfkit-machine/vfkit-config";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compare, type Bench } from "./support/compare.js";
import { makeDiskDirectory, type DiskDirectory } from "./support/directory.js";
import { describeEachVersion } from "./support/each-version.js";
import { argvOf } from "./support/our-parser.js";
import { startRealParser } from "./support/real-parser.js";

const printable = fc.string({ unit: fc.constantFrom(...Array.from("ab/ ,\"'=%?#:@\\-~ü🖥")) });
const absolute = printable.map((text) => `/${text}`);

const configs: fc.Arbitrary<MachineConfig> = fc
  .record({
    cpus: fc.integer({ min: 1, max: 64 }),
    memoryMiB: fc.integer({ min: 512, max: 65_536 }),
    extraDiskSizesMiB: fc.array(fc.integer({ min: 1, max: 4096 }), { maxLength: 3 }),
    network: fc.constantFrom("nat", "vmnet-shared"),
    macAddress: fc
      .uint8Array({ minLength: 6, maxLength: 6 })
      .map((bytes) =>
        parseMacAddress(Buffer.from([(bytes[0] ?? 0) & 0xfe, ...bytes.slice(1)]).toString("hex")),
      ),
    mounts: fc.array(
      fc.record({
        hostPath: absolute.filter((path) => !path.includes(",")),
        guestPath: fc.constant("/src"),
      }),
      { maxLength: 3 },
    ),
    kernelCmdline: printable,
  })
  .map((chosen) =>
    parseMachineConfig({
      schemaVersion: 1,
      name: "c1",
      createdAt: "2026-11-22T03:04:05Z",
      diskSizeMiB: 64,
      vmnetInterfaceId: "3b0e0b1e-7c7e-4b51-9a5b-0e7d6a3c2f10",
      sshPort: 22,
      sshUser: "docker",
      socketDir: "/s",
      ...chosen,
    }),
  );

describeEachVersion("every machine of the driver", (program) => {
  const { version } = program;
  let directory: DiskDirectory;
  let bench: Bench;

  beforeAll(async () => {
    directory = makeDiskDirectory();
    const real = await startRealParser(program, directory.path);
    bench = { version, cwd: directory.path, real, newest: real };
  });

  afterAll(async () => {
    await bench.real[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  const inStore = absolute.filter((path) => !/\/\.{0,2}(?:\/|$)/.test(path));

  test("is understood as it was meant, or refused before vfkit is asked", async () => {
    let understood = 0;
    const arch = fc.constantFrom("arm64", "x64");
    const anything = fc.tuple(configs, inStore, inStore, arch);
    await fc.assert(
      fc.asyncProperty(anything, async ([config, store, sockets, forArch]) => {
        const paths = pathsIn(store, sockets, config, directory);
        const machine = machineOf(config, paths, forArch);
        const argv = machine === undefined ? undefined : argvOf(machine);
        if (argv === undefined) return;
        understood += 1;
        const { kind } = await compare(argv, bench);
        expect(kind).toBe(version < OLDEST_VFKIT ? "too-new" : "same-machine");
      }),
      { numRuns: 300 },
    );
    expect(understood).toBeGreaterThan(30);
  });
});

test(`the driver asks for no vfkit newer than ${OLDEST_VFKIT}`, () => {
  const paths = fc.record({ store: absolute, sockets: absolute });
  fc.assert(
    fc.property(configs, paths, (config, { store, sockets }) => {
      const machinePaths = pathsIn(store, sockets, config, { put: (name) => name });
      const machine = machineOf(config, machinePaths, "arm64");
      if (machine === undefined) return;
      expect(requiredVersion(machine)?.version).toBe(OLDEST_VFKIT);
    }),
  );
});

function pathsIn(
  store: string,
  sockets: string,
  { extraDiskSizesMiB }: MachineConfig,
  disks: Pick<DiskDirectory, "put">,
): VirtualMachinePaths {
  return {
    iso: disks.put(`${store}/boot2docker.iso`),
    kernel: `${store}/bzimage`,
    initrd: `${store}/initrd`,
    disk: disks.put(`${store}/disk.img`),
    extraDisks: extraDiskSizesMiB.map((_, index) => disks.put(`${store}/c1-${index}.rawdisk`)),
    serialLog: `${store}/serial.log`,
    vfkitSocket: `${sockets}/vfkit.sock`,
    helperSocket: `${sockets}/vmnet-helper.sock`,
  };
}

function machineOf(
  ...of: Parameters<typeof buildVirtualMachine>
): ReturnType<typeof buildVirtualMachine> | undefined {
  try {
    return buildVirtualMachine(...of);
  } catch (error) {
    if (isMachineError(error, "ERR_VFKIT_REST_URI")) return undefined;
    throw error;
  }
}
