import { describe, expect, test } from "vitest";
import { FIXTURES, inLab, skipped, whyNoLab } from "./in-lab.js";

const modes = ["root", "user namespace"] as const;
const whys = modes.map((mode) => whyNoLab(mode));
const mode = modes.find((_, index) => whys[index] === "");
const why = mode === undefined ? whys.join("; ") : "";

// One boot only: emulated, on a busy machine, it is the slowest thing here.
describe.skipIf(why !== "")(`a guest${skipped(why)}`, () => {
  test("formats its disk, gets a lease, answers SSH, reaches out, and goes down at the button", () => {
    const { stdout, stderr } = inLab(mode ?? "root", `exec bash ${FIXTURES}/boot-guest.sh`);
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      // The lease of bootpd.
      "name=c1",
      "hw_address=1,5a:94:ef:4:c:e",
      // Of the guest, over SSH.
      "c1",
      "uid=1000(docker) gid=1000(docker) groups=1000(docker)",
      "uid=0(root) gid=0(root) groups=0(root)",
      "700 docker .ssh",
      "644 docker .ssh/authorized_keys",
      "644 docker .ssh/authorized_keys2",
      "4096 /var/lib/boot2docker/userdata.tar",
      '/dev/vda: LABEL="boot2docker-data" TYPE="ext4"',
      "hello from outside",
      "vdb   100M",
      "exit code 42",
      // Of what runs in the lab, before and after.
      "1 machine",
      "the guest powered off",
      "0 machines",
      "",
    ]);
  }, 120_000);
});
