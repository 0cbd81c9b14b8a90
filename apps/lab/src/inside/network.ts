import { systemErrorCode } from "@vfkit-machine/host";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import * as paths from "../lab-paths.js";
import { run } from "./run.js";

const WORLD_ROUTER = "203.0.113.1";

/**
 * The Mac's networks: a bridge with the router's address, a pool of taps that cannot reach each other
 * (`vfnat`, for vfkit's nat) and one of taps that can (`vmnet`, for vmnet-helper).
 *
 * @param owner uid that may open the taps without privileges; none in a user namespace
 */
export async function setUpBridge(owner: number | undefined): Promise<void> {
  const user = owner === undefined ? "" : ` user ${owner}`;
  const names = ["vfnat", "vmnet"].flatMap((kind) => taps(kind));
  await run(
    ["ip", "-batch", "-"],
    [
      "link set lo up",
      // Without forward_delay 0 a new port is deaf for 15 s: longer than the first DHCP requests. The
      // address is fixed, or it would change with the ports.
      `link add ${paths.BRIDGE} address 06:00:00:00:64:01 type bridge forward_delay 0`,
      ...names.map((name) => `tuntap add dev ${name} mode tap${user}`),
      ...names.map((name) => `link set ${name} master ${paths.BRIDGE} up`),
      `addr add ${paths.ROUTER_ADDRESS}/24 dev ${paths.BRIDGE}`,
      `link set ${paths.BRIDGE} up`,
      "",
    ].join("\n"),
  );
  const isolated = taps("vfnat").map((name) => `link set dev ${name} isolated on\n`);
  await run(["bridge", "-batch", "-"], isolated.join(""));
}

function taps(kind: string): string[] {
  return Array.from({ length: paths.TAPS_PER_POOL }, (_, number) => `${kind}${number}`);
}

/**
 * The outside: one host in a network namespace of its own. It has no route to the machines, so they
 * reach it only when the router translates their addresses.
 */
export async function setUpWorld(): Promise<void> {
  const world = spawn(
    "unshare",
    ["--net", "--", "/usr/bin/python3", "-IS", join(paths.LIBEXEC, "world.py")],
    { stdio: ["ignore", "pipe", "inherit"], detached: true },
  );
  const [pid] = await Promise.race([
    once(createInterface({ input: world.stdout }), "line") as Promise<[string]>,
    once(world, "exit").then(() => Promise.reject(new Error("the outside world did not start"))),
  ]);
  world.stdout.destroy();
  world.unref();
  await writeFile(join(paths.ETC, "world.pid"), pid);
  await run(
    ["ip", "-batch", "-"],
    [
      `link add world0 type veth peer name eth0 netns ${pid}`,
      `addr add ${WORLD_ROUTER}/24 dev world0`,
      "link set world0 up",
      "",
    ].join("\n"),
  );
  await run(
    ["nsenter", "--net", "--target", pid, "ip", "-batch", "-"],
    `addr add ${paths.WORLD_ADDRESS}/24 dev eth0\nlink set lo up\nlink set eth0 up\n`,
  );
  await writeFile("/proc/sys/net/ipv4/ip_forward", "1");
  await run(
    ["nft", "-f", "-"],
    `table ip lab {
      chain postrouting {
        type nat hook postrouting priority srcnat;
        ip saddr 192.168.64.0/24 oifname world0 masquerade
      }
    }\n`,
  );
}

/** IPv6 would only add noise: vfkit's and vmnet's guests get their address by DHCP for IPv4. */
export async function disableIpv6(): Promise<void> {
  try {
    await writeFile("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
    await writeFile("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
  } catch (error) {
    // A kernel without IPv6 has nothing to turn off.
    if (systemErrorCode(error) !== "ENOENT") throw error;
  }
}
