import { afterEach, describe, expect, it } from "vitest";
import { IN_LAB, ISO, LAB_SUDO, labctl, openStore, SIZE } from "./surroundings.js";

describe.skipIf(!IN_LAB)(
  "a firewall that blocks bootpd (needs the lab: it changes system settings)",
  () => {
    afterEach(async () => {
      await labctl("firewall", "allow");
    });

    it("is found, unblocked, and the start goes on", async () => {
      await using vfm = await openStore();
      await labctl("firewall", "block");
      const result = await vfm.run(["create", "c1", "--iso", ISO, ...SIZE]);
      expect(result.stderr).toContain("The firewall blocks bootpd");
      expect(result.stderr).toContain("Unblocked bootpd");
      expect(result.exitCode).toBe(0);
      expect(await vfm.ok("ssh", "c1", "--", "echo", "up")).toBe("up");
    });
  },
);

describe.skipIf(!LAB_SUDO)(
  "sudo and vmnet-helper (needs the lab entered as root: a setuid sudo)",
  () => {
    afterEach(async () => {
      await labctl("sudo", "allow");
    });

    it("is refused before anything is made, then allowed", async () => {
      await using vfm = await openStore();
      const create = ["create", "c1", "--iso", ISO, ...SIZE, "--network", "vmnet-shared"];
      await labctl("sudo", "refuse");
      const refused = await vfm.run(create);
      expect(refused.exitCode).toBe(3);
      expect(refused.stderr).toContain("vmnet-helper");
      expect(refused.stderr).toContain("sudo");
      expect(await vfm.ok("list", "--names")).toBe("");
      await labctl("sudo", "allow");
      const allowed = await vfm.run(create);
      expect(allowed).toMatchObject({ exitCode: 0 });
      await vfm.ok("stop", "c1");
      await labctl("sudo", "refuse");
      const start = await vfm.run(["start", "c1"]);
      expect(start.exitCode).not.toBe(0);
      expect(start.stderr).toContain("sudo");
      expect(await vfm.ok("status", "c1")).toBe("Stopped");
    });
  },
);
