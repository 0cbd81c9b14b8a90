import fc from "fast-check";
import { isMachineError } from "@vfkit-machine/host";
import { describe, expect, test } from "vitest";
import { parseArgv, parseCommandLine, parseInspect, toArgv, toInspect } from "../src/index.js";
import type { CommandLine, Device, VirtualMachine } from "../src/index.js";
import { canonicalArgv } from "./canonical-argv.js";
import { hostileText, machines } from "./machines.js";

describe("command line", () => {
  test("argv -> object -> argv is the identity in the canonical spelling", () => {
    fc.assert(
      fc.property(canonicalArgv(), (argv) => {
        expect(toArgv(parseArgv(argv))).toEqual(argv);
      }),
      { numRuns: 2_000 },
    );
  });

  test("object -> argv -> object is the identity, or the object is refused", () => {
    let said = 0;
    fc.assert(
      fc.property(machines(hostileText), (machine) => {
        const argv = unlessRefused("ERR_VFKIT_CONFIG", () => toArgv(machine));
        if (argv === undefined) return;
        said += 1;
        expect(parseArgv(argv)).toEqual(machine);
      }),
      { numRuns: 5_000 },
    );
    expect(said).toBeGreaterThan(100);
  });

  test("any spelling becomes the canonical one, which means the same", () => {
    let run = 0;
    fc.assert(
      fc.property(
        canonicalArgv(),
        fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
        (argv, how) => {
          const commandLine = parseCommandLine(respell(argv, how));
          if (commandLine.kind === "run") run += 1;
          expect(commandLine).toMatchObject({ kind: "run", machine: parseArgv(argv) });
        },
      ),
      { numRuns: 1_000 },
    );
    expect(run).toBe(1_000);
  });

  test("hostile arguments are read or refused, never misread and never a crash", () => {
    const word = fc.oneof(
      hostileText,
      fc.constantFrom("-c", "--cpus", "-nb", "--", "--device", "virtio-rng", "--gui="),
    );
    const argv = fc.oneof(
      fc.array(word, { maxLength: 12 }),
      fc
        .tuple(canonicalArgv(), fc.nat(), word)
        .map(([list, at, text]) => list.with(at % list.length, text)),
    );
    fc.assert(
      fc.property(argv, (words) => {
        const read = unlessRefused<CommandLine>("ERR_VFKIT_USAGE", () => parseCommandLine(words));
        if (read?.kind !== "run") return;
        const canonical = toArgv(read.machine);
        expect(parseArgv(canonical)).toEqual(read.machine);
        expect(toArgv(parseArgv(canonical))).toEqual(canonical);
      }),
      { numRuns: 5_000 },
    );
  });
});

test("object -> inspect JSON -> object is the identity for what the JSON says", () => {
  fc.assert(
    fc.property(canonicalArgv().map(parseArgv), (machine) => {
      const json: unknown = JSON.parse(JSON.stringify(toInspect(machine)));
      expect(parseInspect(json)).toEqual(asInspected(machine));
    }),
    { numRuns: 2_000 },
  );
});

test("any JSON is read as an inspect answer or refused", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      for (const answer of [
        json,
        { vcpus: 1, memoryBytes: 1, bootloader: json, devices: [json] },
      ]) {
        const machine = unlessRefused("ERR_VFKIT_INSPECT", () => parseInspect(answer));
        expect(machine?.cpus ?? 1).toBeTypeOf("number");
      }
    }),
  );
});

function unlessRefused<T>(code: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isMachineError(error, code)) return undefined;
    throw error;
  }
}

/** Other spellings of the same flags: `--name=value`, one letter, an extra word in between. */
function respell(argv: readonly string[], how: readonly number[]): string[] {
  const letters: Record<string, string> = {
    "--cpus": "-c",
    "--memory": "-m",
    "--device": "-d",
    "--kernel": "-k",
    "--initrd": "-i",
    "--kernel-cmdline": "-C",
    "--bootloader": "-b",
    "--timesync": "-t",
  };
  const words: string[] = [];
  let rest = [...argv];
  for (let turn = 0; rest.length > 0; turn += 1) {
    const [name = "", value = "", ...others] = rest;
    const letter = letters[name];
    const choice = (how[turn % how.length] ?? 0) % 4;
    if (name === "--nested" || name === "--gui") {
      words.push(choice === 0 ? `${name}=true` : name, ...(choice === 1 ? ["word"] : []));
      rest = rest.slice(1);
      continue;
    }
    if (choice === 0) words.push(`${name}=${value}`);
    else if (choice === 1 && letter !== undefined && value !== "") words.push(`${letter}=${value}`);
    else if (choice === 2 && letter !== undefined) words.push(letter, value);
    else words.push(name, value);
    rest = others;
  }
  return words;
}

/** What is left of a machine in the inspect JSON, and what `--gui` and defaults add there. */
function asInspected(machine: VirtualMachine): VirtualMachine {
  const { cpus, memoryMiB, bootloader, devices, gui, nested, timesyncVsockPort, ignitionPath } =
    machine;
  const { form: _, ...loader } = { form: undefined, ...bootloader };
  const has = (kind: string): boolean => devices.some((device) => device.kind === kind);
  const seen = devices.map(asInspectedDevice);
  const added = [
    ...(gui === true && !has("virtio-gpu")
      ? [{ kind: "virtio-gpu", widthPixels: 800, heightPixels: 600 }]
      : []),
    ...(gui === true && !has("virtio-input") ? [{ kind: "virtio-input", type: "keyboard" }] : []),
  ];
  const optional = { gui, nested, timesyncVsockPort, ignitionPath };
  return {
    cpus,
    memoryMiB,
    bootloader: loader,
    devices: [...seen, ...added],
    ...JSON.parse(JSON.stringify(optional)),
  } as VirtualMachine;
}

function asInspectedDevice(device: Device): unknown {
  if (device.kind === "nbd") return { timeoutMs: 15_000, sync: "full", ...device };
  if (device.kind !== "virtio-net" || device.attachment.kind === "nat") return device;
  const { attachment } = device;
  return {
    ...device,
    attachment:
      attachment.kind === "unix-socket"
        ? { kind: "unix-socket", path: attachment.path }
        : { kind: "connected" },
  };
}
