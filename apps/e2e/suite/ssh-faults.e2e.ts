import { expect, it } from "vitest";
import { openVfm } from "../src/vfm.js";
import { watchVfm } from "../src/watch-vfm.js";
import { IN_LAB, ISO, machineProcesses, openStore, SIZE } from "./surroundings.js";

/** What the guest is told to be, and what its driver met then. */
const MET = {
  "silent-ssh": /:22 accepted the connection and said nothing for 10 s/,
  "not-ssh": /:22 .*HTTP\/1\.1 400 Bad Request/,
  "no-keys": /:22 .*does not take the key/,
};

it.skipIf(!IN_LAB)(
  "SSH of a real guest that is silent, no SSH, or lets nobody in: each start says so (needs the lab)",
  async () => {
    await using vfm = await openStore();
    const names = Object.keys(MET);
    const create = (name: string): Promise<string> => {
      const options = ["--no-start", "--iso", ISO, ...SIZE, "--kernel-cmdline", `lab.${name}`];
      return vfm.ok("create", name, ...options);
    };
    await Promise.all(names.map(create));
    // Together, for each takes all of its time; silence is called that after 10 s.
    const started = await vfm.run(["--json", "start", ...names, "--timeout", "20"]);
    expect(started.exitCode).toBe(1);
    const error = { code: expect.stringMatching(/^ERR_SSH_/) as unknown };
    expect(JSON.parse(started.stdout)).toMatchObject(
      Object.entries(MET).map(([name, met]) => ({
        name,
        error: { ...error, message: expect.stringMatching(met) as unknown },
      })),
    );
    for (const name of names) expect(await vfm.ok("status", name)).toBe("Stopped");
    expect(await machineProcesses()).toEqual([]);
  },
);

it.skipIf(!IN_LAB)(
  "inspect asks a guest once: one that another command starts, and that answers once, has address and URL (needs the lab, whose guest boots within seconds)",
  async () => {
    await using vfm = await openStore();
    await vfm.ok("create", "c1", "--no-start", "--iso", ISO, ...SIZE);
    using starting = watchVfm(vfm, ["start", "c1"]);
    await starting.event("start.lease.waiting");
    // The guest boots, and nobody notes at which address it answers.
    starting.send("SIGSTOP");
    const once = new URL("faulty/one-connection.mjs", import.meta.url).href;
    const answeredOnce = openVfm(vfm.home, { NODE_OPTIONS: `--import ${once}` });
    const inspect = async (): Promise<string> => {
      const { ip, url } = await answeredOnce.json<{ ip: string | null; url: string }>(
        "inspect",
        "c1",
      );
      return `${ip} ${url}`;
    };
    await expect
      .poll(inspect, { timeout: 60_000, interval: 100 })
      .toMatch(/^((?:\d+\.){3}\d+) tcp:\/\/\1:2376$/);
  },
);
