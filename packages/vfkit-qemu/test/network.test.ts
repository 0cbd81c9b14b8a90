import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { boundToParent } from "../src/supervised.js";
import { prepareGuest } from "./support/guest.js";
import { findProcesses, untilGone } from "./support/processes.js";
import { untilExitOf, Workshop } from "./support/vfkit.js";

const guest = await prepareGuest();
const found = "missing" in guest ? { kernelPath: "", initrdPath: "" } : guest;
const DATAGRAMS = fileURLToPath(new URL("fixtures/datagrams.py", import.meta.url));
const MAC = "5a:94:ef:e4:0c:ee";

function lacks(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status !== 0;
}

const noGuest = "missing" in guest ? guest.missing : undefined;
const noPython = noGuest ?? (lacks("python3", ["-c", ""]) ? "no python3" : undefined);
const namespace = process.geteuid?.() === 0 ? ["--net"] : ["--user", "--map-root-user", "--net"];
const [unshare, ...inNamespace] = ["unshare", ...namespace] as const;
const makesTap = [...inNamespace, "ip", "tuntap", "add", "name", "vq0", "mode", "tap"];
const noTaps =
  noGuest ?? (lacks(unshare, makesTap) ? "no tap in a namespace of our own" : undefined);

function because(missing: string | undefined): string {
  return missing === undefined ? "" : ` (skipped: ${missing})`;
}

describe.concurrent("network cards", { timeout: 60_000 }, () => {
  test.skipIf(noGuest !== undefined)(
    `nat without taps is QEMU's user network, and says so${because(noGuest)}`,
    async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found, { words: "test.lease", devices: ["virtio-net,nat"] });
      await vfkit.untilGuestSays("guest: lease 10.0.2.15");
      expect(vfkit.stderr).toContain("level=info msg=\"nat is QEMU's user network");
    },
  );

  test.skipIf(noPython !== undefined)(
    `a unix datagram socket gets the guest's frames, from a socket beside it${because(noPython)}`,
    async () => {
      await using workshop = await Workshop.open();
      const bind = ["python3", DATAGRAMS, "bind", workshop.path("net.sock")];
      const [file = "", ...words] = boundToParent(bind, process.pid);
      const peer = spawn(file, words, {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
        expect(await lines.next()).toMatchObject({ value: "bound" });
        const vfkit = workshop.boot(found, {
          words: "test.net",
          devices: [`virtio-net,unixSocketPath=${workshop.path("net.sock")},mac=${MAC}`],
        });
        const { value } = (await lines.next()) as { value: string };
        const [source, sender] = value.split(" ");
        expect(source).toBe(MAC);
        expect(sender).toMatch(
          new RegExp(
            `^${workshop.directory}/vfkit-${vfkit.pid.toString(16)}-[0-9a-f]{1,4}\\.sock$`,
          ),
        );
        expect(vfkit.stderr).not.toContain("nobody");
        // A vfkit that runs has connected the socket and no longer names it.
        const { devices } = await vfkit.client.inspect();
        expect(devices).toContainEqual(
          expect.objectContaining({ kind: "virtionet", nat: false, macAddress: MAC }),
        );
        expect(JSON.stringify(devices)).not.toContain("net.sock");
        await vfkit.client.requestState("HardStop");
        expect(await vfkit.untilExit()).toMatchObject({ exitCode: 0 });
        expect(
          (await readdir(workshop.directory)).filter((name) => name.startsWith("vfkit-")),
        ).toEqual([]);
      } finally {
        peer.kill();
        await untilExitOf(peer);
      }
    },
  );

  test.skipIf(noPython !== undefined)(
    `a datagram socket that was inherited reaches the guest${because(noPython)}`,
    async () => {
      await using workshop = await Workshop.open();
      const vfkit = workshop.boot(found, {
        words: "test.net",
        wrapper: ["python3", DATAGRAMS, "pair", "7"],
        devices: [`virtio-net,fd=7,mac=${MAC}`],
      });
      await vfkit.untilGuestSays("ready");
      expect(vfkit.stdout).toContain(`${MAC} -`);
      await vfkit.client.requestState("HardStop");
      await vfkit.untilExit();
    },
  );

  test.skipIf(noTaps !== undefined)(
    `nat machines claim a tap each, and a freed tap is claimed again${because(noTaps)}`,
    async () => {
      await using workshop = await Workshop.open();
      const make = `set -e
        for tap in vq0 vq1; do ip tuntap add name $tap mode tap; ip link set $tap up; done
        echo made; exec sleep 600`;
      const hold = [unshare, ...inNamespace, "sh", "-c", make];
      const [file = "", ...words] = boundToParent(hold, process.pid);
      const holder = spawn(file, words, {
        stdio: ["ignore", "pipe", "inherit"],
      });
      try {
        await once(holder.stdout, "data");
        const enter = ["nsenter", "--target", String(holder.pid), "--net"];
        const asUser = process.geteuid?.() === 0 ? [] : ["--user", "--preserve-credentials"];
        const options = {
          wrapper: [...enter, ...asUser],
          devices: ["virtio-net,nat"],
          env: { VFKIT_QEMU_NAT_TAPS: "vq" },
        };
        await using other = await Workshop.open();
        const shared = {
          ...options,
          env: { ...options.env, VFKIT_QEMU_RUN_DIR: workshop.path("run") },
        };
        const first = workshop.boot(found, shared);
        const second = other.boot(found, shared);
        await Promise.all([first.untilRunning(), second.untilRunning()]);
        const taps = [await tapOf(first.serialPath), await tapOf(second.serialPath)];
        expect(new Set(taps)).toEqual(new Set(["vq0", "vq1"]));

        await using late = await Workshop.open();
        const third = late.boot(found, shared);
        expect(await third.untilExit()).toMatchObject({ exitCode: 1 });
        expect(third.stderr).toContain("no tap interface for nat: vq0 to vq1 are all in use");

        // Killed, so that nothing but the kernel can have freed its tap.
        first.child.kill("SIGKILL");
        await first.untilExit();
        await untilGone(first.serialPath);
        const fourth = late.boot(found, shared);
        await fourth.untilRunning();
        expect(await tapOf(fourth.serialPath)).toBe(taps[0]);
      } finally {
        holder.kill("SIGKILL");
        await untilExitOf(holder);
      }
    },
  );

  test.skipIf(noGuest !== undefined)(
    `a network socket that is not there is refused before the REST server is up${because(noGuest)}`,
    async () => {
      await using workshop = await Workshop.open();
      await writeFile(workshop.path("file"), "");
      for (const [name, seen] of [
        ["absent.sock", "no such file or directory"],
        ["file", "connection refused"],
      ]) {
        const path = workshop.path(name ?? "");
        const vfkit = workshop.boot(found, { devices: [`virtio-net,unixSocketPath=${path}`] });
        expect(await vfkit.untilExit()).toMatchObject({ exitCode: 1 });
        expect(vfkit.stderr).toMatch(new RegExp(`dial unixgram .*->${path}: connect: ${seen}`));
      }
      const vfkit = workshop.boot(found, { devices: ["virtio-net,fd=77"] });
      expect(await vfkit.untilExit()).toMatchObject({ exitCode: 1 });
      expect(vfkit.stderr).toContain("file descriptor 77 is not open");
      expect(await readdir(workshop.directory)).not.toContain("rest.sock");
    },
  );
});

/** The tap of the QEMU that writes to `serialPath`. */
async function tapOf(serialPath: string): Promise<string | undefined> {
  const qemu = (await findProcesses(serialPath)).find(({ argv }) => argv.includes("-netdev"));
  return /"ifname":"([^"]*)"/.exec(qemu?.argv.join(" ") ?? "")?.[1];
}
