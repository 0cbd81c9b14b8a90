import { listProcesses, type Host, type Runner } from "@vfkit-machine/host";
import { expect, it } from "vitest";
import { createMachine } from "../src/index.js";
import { fastClock, openWorld } from "./world.js";

const en0 = {
  address: "192.168.64.3",
  cidr: "192.168.64.3/24",
  family: "IPv4" as const,
  internal: false,
  mac: "76:1d:a4:b5:d7:3e",
  netmask: "255.255.255.0",
};

const networkInterfaces = () => ({ en0: [en0] });

/** This computer's processes as macOS' `ps` prints them, all as old as each other. */
function withMacPs(host: Host): Runner {
  if (host.platform === "darwin") return host.runner;
  const run: Runner["run"] = async (file, args, options) => {
    if (file !== "/bin/ps") return host.runner.run(file, args, options);
    const pid = args.includes("-p") ? Number(args[args.indexOf("-p") + 1]) : undefined;
    const found = (await listProcesses(host)).filter((entry) => (pid ?? entry.pid) === entry.pid);
    const lines = found.map((entry) => {
      const ids = pid === undefined ? `${entry.pid} ${entry.parentPid} ` : "";
      return `${ids}Sun Nov 22 02:11:00 2026     S    ${entry.command}\n`;
    });
    const exitCode = lines.length === 0 ? 1 : 0;
    return { argv: [file], exitCode, signal: undefined, stdout: lines.join(""), stderr: "" };
  };
  return { ...host.runner, run };
}

it.each<["darwin" | "linux", string | undefined]>([
  ["darwin", "192.168.105.1"],
  // Only there is a lab, and /proc.
  ...(process.platform === "linux" ? [["linux", undefined] as ["linux", undefined]] : []),
])(
  "where the computer is in vmnet's usual network, vmnet-helper is told another (%s: %s)",
  async (platform, expected) => {
    await using world = await openWorld();
    const runner = platform === "darwin" ? withMacPs(world.host) : world.host.runner;
    const context = world.with({}, { platform, runner, networkInterfaces });
    const machine = await createMachine(world.options({ network: "vmnet-shared" }), context);
    const commands = (await world.processes()).map(({ command }) => command);
    const helper = commands.find((command) => command.includes("--interface-id"));
    expect(/--start-address (\S+)/.exec(helper ?? "")?.[1]).toBe(expected);
    await machine.remove();
  },
);

it("a guest whose address the computer's own network has too: that network is named", async () => {
  await using world = await openWorld();
  const env = { FAKE_VFKIT_FAULTS: "ssh-closed", FAKE_GUEST_IP: "192.168.64.7" };
  const context = world.with(env, {
    platform: "darwin",
    // A runner has the variables of its host.
    runner: withMacPs(world.with(env).host),
    networkInterfaces,
    clock: fastClock(5),
  });
  const machine = await createMachine(world.options({ start: false }), context);
  await expect(machine.start({ timeoutMs: 15_000 })).rejects.toMatchObject({
    code: "ERR_SSH_TIMEOUT",
    hint: expect.stringMatching(/192\.168\.64\.7 goes out to en0, .*192\.168\.64\.3\/24/),
  });
});
