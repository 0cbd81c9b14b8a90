import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { FIXTURES, inLab, skipped, startLab, whyNoLab, type Mode } from "./in-lab.js";

const why: Record<Mode, string> = {
  root: whyNoLab("root"),
  "user namespace": whyNoLab("user namespace"),
};
const MODES: readonly Mode[] = ["root", "user namespace"];

/** What a lab could leave behind on the host. */
function hostState(): unknown {
  const covered = ["/etc/passwd", "/etc/sudoers", "/etc/hosts", "/etc/pam.d/sudo"];
  return {
    mounts: readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter(isOfLab),
    interfaces: readFileSync("/proc/self/net/dev", "utf8").match(/^\s*\S+:/gm),
    namespaces: existsSync("/run/netns") ? readdirSync("/run/netns") : [],
    directories: ["/mnt", "/var", "/opt", "/usr/libexec", "/run"].map((path) => [
      path,
      existsSync(path) ? readdirSync(path) : "absent",
    ]),
    devices: ["/dev/net/tun", "/dev/kvm"]
      .filter((path) => existsSync(path))
      .map((path) => statSync(path).mode),
    files: covered
      .filter((path) => existsSync(path))
      .map((path) => createHash("sha256").update(readFileSync(path)).digest("hex")),
  };
}

function isOfLab(line: string): boolean {
  return /vfm-lab| \/(?:mnt|var|opt|run|usr\/libexec|etc\/|dev\/net)/.test(line);
}

describe.each(MODES)("a lab as %s", (mode) => {
  const absent = why[mode] !== "";
  const title = skipped(why[mode]);

  describe.skipIf(absent)(`is entered and left${title}`, () => {
    test("a signal to vfm-lab goes to the command", async () => {
      const lab = startLab(mode, "trap 'echo told; exit 8' TERM; echo up; sleep 60 & wait");
      await lab.printed("up");
      lab.child.kill("SIGTERM");
      expect(await lab.ended).toMatchObject({ code: 8, stdout: "up\ntold\n" });
    });

    // What a command leaves running and lying about, detached from everything.
    const litter = "setsid sleep 600 & touch /var/db/x /opt/x /run/x $HOME/x; echo up";

    test("nothing is left when its command ends", async () => {
      const before = hostState();
      const lab = startLab(mode, `${litter}; exit 0`);
      await lab.ended;
      expect(lab.processes()).toEqual([]);
      expect(hostState()).toEqual(before);
    });

    test("nothing is left when vfm-lab is killed", async () => {
      const before = hostState();
      const lab = startLab(mode, `${litter}; sleep 600`);
      await lab.printed("up");
      // PID 1, the two of dnsmasq, the outside world, bash, what it started, and ourselves.
      expect(lab.processes().length).toBeGreaterThanOrEqual(7);
      lab.child.kill("SIGKILL");
      await lab.ended;
      await vi.waitFor(() => expect(lab.processes()).toEqual([]), { timeout: 5_000, interval: 5 });
      expect(hostState()).toEqual(before);
    });
  });

  describe.skipIf(absent)(`has a Mac's surroundings${title}`, () => {
    test("paths, names, the command's user and its environment", () => {
      const { stdout, stderr, code } = inLab(
        mode,
        `id -u; sw_vers -productVersion; labctl macos 26.1; sw_vers -productVersion
         test -x /usr/libexec/bootpd && test -d /var/db && echo paths
         command -v vfkit vfm node; stat -c %a /var/db
         touch "$HOME/f" "$TMPDIR/f" "$VFKIT_QEMU_RUN_DIR/f" && echo writable
         test -s "$VFM_LAB_ISO" && echo iso; pwd; hostname
         python3 -c 'import urllib.request' 2>/dev/null; labctl processes`,
      );
      expect(stderr).toBe("");
      expect(stdout.split("\n")).toEqual([
        mode === "root" ? "501" : "0",
        "15.5",
        "26.1",
        "paths",
        "/mnt/lab/bin/vfkit",
        "/mnt/lab/bin/vfm",
        "/mnt/lab/bin/node",
        "755",
        "writable",
        "iso",
        "/mnt/lab/repo/apps/lab",
        "mac",
        "",
      ]);
      expect(code).toBe(0);
    });

    test("taps of nat do not reach each other; those of vmnet-helper reach each other and nat's", () => {
      // Each tap first has its frames carried once: what does not arrive later was kept back.
      const pairs =
        "vmnet0:vmnet15 vmnet0:vfnat0 vmnet0:vfnat15 vfnat15:vmnet15 vfnat0:vfnat15 vfnat15:vfnat0";
      const { stdout, stderr } = inLab(mode, `python3 ${FIXTURES}/tap_tool.py reach ${pairs}`);
      expect(stderr).toBe("");
      expect(stdout.split("\n")).toEqual([
        "vmnet0 to vmnet15: yes",
        "vmnet0 to vfnat0: yes",
        "vmnet0 to vfnat15: yes",
        "vfnat15 to vmnet15: yes",
        "vfnat0 to vfnat15: no",
        "vfnat15 to vfnat0: no",
        "",
      ]);
    });

    test("bootpd leases, writes its file, and hears nothing while the firewall blocks it", () => {
      const socketfilterfw = "/usr/libexec/ApplicationFirewall/socketfilterfw";
      const asRoot = mode === "root" ? "sudo --non-interactive " : "";
      const { stdout, stderr } = inLab(
        mode,
        // The file is written a moment after the machine has its answer, as on a Mac.
        `python3 ${FIXTURES}/tap_tool.py dhcp vmnet0 0a:00:00:01:02:03 c1 <<'END'
ask
timeout 5 sh -c 'until [ -s /var/db/dhcpd_leases ]; do :; done'
grep -E 'name|hw_address' /var/db/dhcpd_leases
labctl firewall block
ask
${socketfilterfw} --getallowsigned | head -n 1
${asRoot}${socketfilterfw} --unblock /usr/libexec/bootpd
${socketfilterfw} --listapps
ask
labctl firewall managed
${asRoot}${socketfilterfw} --unblock /usr/libexec/bootpd; echo "code $?"
ask
labctl firewall off; labctl bootpd off
ask
labctl bootpd on
ask
labctl leases clear; test -e /var/db/dhcpd_leases; echo "absent $?"
labctl leases fill
ask
END`,
      );
      expect(stderr).toBe("");
      const address = stdout.split("\n")[0];
      expect(address).toMatch(/^192\.168\.64\.\d+$/);
      expect(stdout.split("\n").map((line) => line.trim())).toEqual([
        address,
        "name=c1",
        "hw_address=1,a:0:0:1:2:3",
        "no answer",
        "Automatically allow built-in signed software DISABLED.",
        "Incoming connection to the application is permitted",
        "Total number of apps = 1",
        "",
        "1 : /usr/libexec/bootpd",
        "( Allow incoming connections )",
        address,
        "Firewall settings cannot be modified from command line on managed Mac computers.",
        "code 0",
        "no answer",
        "no answer",
        address,
        "absent 1",
        "no answer",
        "",
      ]);
    });
  });
});
