import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inLab, skipped, whyNoLab } from "./in-lab.js";

const whyNotRoot = whyNoLab("root");

describe.skipIf(whyNotRoot !== "")(`the plain user of a lab as root${skipped(whyNotRoot)}`, () => {
  test("sudo runs what labctl allows, and refuses the rest as on a Mac", () => {
    const helper = "/opt/vmnet-helper/bin/vmnet-helper";
    const { stdout, stderr } = inLab(
      "root",
      `exec 2>&1
         sudo -n ${helper} --version | head -n 1
         labctl sudo refuse; sudo -n ${helper} --version; echo $?
         labctl sudo allow firewall; sudo -n ${helper} --version; sudo -n /usr/libexec/ApplicationFirewall/socketfilterfw --getglobalstate
         labctl sudo allow helper; sudo -n ${helper} --version | head -n 1
         sudo -n id`,
    );
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      "version: v0.13.0",
      "sudo: a password is required",
      "1",
      "sudo: a password is required",
      "Firewall is disabled. (State = 0)",
      "version: v0.13.0",
      "sudo: a password is required",
      "",
    ]);
  });

  test("cannot change the stand-ins, the knobs, the repository or the host's files", () => {
    const { stdout } = inLab(
      "root",
      `for path in /mnt/lab/bin/labctl /mnt/lab/etc/x /opt/vmnet-helper/bin/vmnet-helper /etc/sudoers \\
           /mnt/lab/repo/package.json /mnt/lab/private/x /mnt/lab/repo/x; do
           (: >>"$path") 2>/dev/null && echo "$path"
         done
         echo report >.reports/lab-test.txt && echo reports`,
    );
    expect(stdout).toBe("reports\n");
    // What it writes as a report is carried out.
    const report = new URL("../.reports/lab-test.txt", import.meta.url);
    expect(readFileSync(report, "utf8")).toBe("report\n");
  });

  test("exit codes: 128 and the number for a signal, 127 when the command is missing", () => {
    expect(inLab("root", "kill -KILL $$").code).toBe(137);
    expect(inLab("root", "exec /nowhere/program").code).toBe(127);
  });

  test("a repository that mac may not reach and that the lab's own mounts hide", () => {
    const repository = join(import.meta.dirname, "../../..");
    const script = `mount -t tmpfs -o mode=700 hidden /mnt && mkdir /mnt/r &&
      mount --bind "$1" /mnt/r && cd /mnt/r/apps/lab && exec "$2" dist/main.js run -- sh -c 'id -un; pwd'`;
    const words = ["--mount", "sh", "-c", script, "sh", repository, process.execPath];
    const { stdout, stderr } = spawnSync("unshare", words, { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe("mac\n/mnt/lab/repo/apps/lab\n");
  });

  test.each([
    ["/usr/sbin/dnsmasq", "dnsmasq-base", process.arch],
    ["/usr/bin/qemu-system-aarch64", "qemu-system-arm", "arm64"],
    ["/usr/bin/qemu-system-x86_64", "qemu-system-x86", "x64"],
  ])("prepare tells a plain user the one line to run without %s", (program, missing, arch) => {
    const script = `! [ -e "$3" ] || mount --bind /dev/null "$3" && exec setpriv --reuid 65534 \\
      --clear-groups "$1" "$2" prepare`;
    const main = join(import.meta.dirname, "../dist/main.js");
    const words = ["--mount", "sh", "-c", script, "sh", process.execPath, main, program];
    const env = { ...process.env, VFM_LAB_ARCH: arch };
    const { status, stderr } = spawnSync("unshare", words, { encoding: "utf8", env });
    expect(stderr).toContain("ERR_LAB_PACKAGES_MISSING");
    expect(stderr).toContain(
      `sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${missing}'\n`,
    );
    expect(status).toBe(1);
  });

  test("--as-root makes the command root, without the plain user", () => {
    const { stdout } = inLab("root", "id -u; cat /proc/self/mountinfo | grep -c /etc/sudoers", {
      flags: ["--as-root"],
    });
    expect(stdout).toBe("0\n0\n");
  });
});
