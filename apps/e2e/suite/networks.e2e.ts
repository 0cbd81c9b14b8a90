import { listProcesses } from "@vfkit-machine/host";
import { describe, expect, it } from "vitest";
import { IN_LAB, ISO, openStore, SIZE, VMNET_SHARED } from "./surroundings.js";

/** A host behind the lab's gateway; on a Mac the machine's own gateway stands for the world outside. */
const OUTSIDE = "203.0.113.2";

type Store = Awaited<ReturnType<typeof openStore>>;

async function createPair(vfm: Store, network: string): Promise<{ readonly ipOfSecond: string }> {
  const create = (name: string): Promise<string> =>
    vfm.ok("create", name, "--iso", ISO, ...SIZE, "--network", network);
  await Promise.all([create("a"), create("b")]);
  return { ipOfSecond: await vfm.ok("ip", "b") };
}

const ping = async (vfm: Store, address: string): Promise<string> =>
  (await vfm.run(["ssh", "a", "--", "ping", "-c", "3", "-W", "2", address])).stdout;

describe("nat", () => {
  it("reaches out, and machines do not reach each other", async () => {
    await using vfm = await openStore();
    const { ipOfSecond } = await createPair(vfm, "nat");
    const gateway = await vfm.ok("ssh", "a", "--", "ip route | awk '/^default/ {print $3}'");
    expect(await ping(vfm, IN_LAB ? OUTSIDE : gateway)).toContain(" 0% packet loss");
    expect(await ping(vfm, ipOfSecond)).toContain(" 100% packet loss");
  });
});

describe.skipIf(!VMNET_SHARED)("vmnet-shared (needs vmnet-helper)", () => {
  it("machines reach each other, and stopping them ends their helpers", async () => {
    await using vfm = await openStore();
    const { ipOfSecond } = await createPair(vfm, "vmnet-shared");
    expect(await ping(vfm, ipOfSecond)).toContain(" 0% packet loss");
    const stopped = await vfm.json<readonly { readonly outcome: string }[]>("stop", "a", "b");
    expect(stopped.map(({ outcome }) => outcome)).toEqual(["graceful", "graceful"]);
    const alive = (await listProcesses(vfm.host)).map(({ command }) => command);
    expect(alive.filter((command) => command.includes(vfm.home))).toEqual([]);
  });
});
