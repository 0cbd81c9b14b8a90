#!/usr/bin/python3 -IS
"""labctl: turns the knobs of the lab. As a plain user it runs itself through sudo, which the lab allows."""
import os
import subprocess
import sys

sys.path.insert(0, "/mnt/lab/libexec")
import lab_state as lab  # noqa: E402

SELF = "/mnt/lab/bin/labctl"
SUDO_RULES = "/mnt/lab/private/sudoers"
HELPER_RULE = "/opt/vmnet-helper/bin/vmnet-helper"
FIREWALL_RULE = "/usr/libexec/ApplicationFirewall/socketfilterfw"
HELPER_AWAY = f"{HELPER_RULE}.away"
HELPER_MODES = ("normal", "hang", "garbage", "exit", "no-socket", "die", "ignore-term", "missing")
USAGE = """usage: labctl COMMAND
  status                                what is set
  firewall block|allow|managed|off      the application firewall, as to bootpd; "managed" blocks for good
  bootpd on|off                         the DHCP server
  sudo allow|refuse [helper|firewall]   what sudo runs without a password (default: both)
  macos VERSION                         the version of macOS that sw_vers tells
  helper MODE                           normal hang garbage exit no-socket die ignore-term missing
  helper version X.Y.Z                  the version that vmnet-helper tells
  leases show|clear|fill                /var/db/dhcpd_leases, and what bootpd remembers; fill exhausts the pool
  taps                                  each tap of the two pools: free or used
  processes                             what runs in the lab besides its own servers and labctl's ancestors
"""


def firewall(verdict):
    blocked = verdict in ("block", "managed")
    lab.put("firewall-managed", "1" if verdict == "managed" else "0")
    lab.put("firewall-global", "0" if verdict == "off" else "1")
    lab.put("firewall-allow-signed", "0" if blocked else "1")
    lab.put_apps({lab.BOOTPD: not blocked})
    lab.apply_firewall()


def bootpd(state):
    {"on": lab.start_bootpd, "off": lab.stop_bootpd}[state]()


def sudo(verdict, which=None):
    rules = {"helper": HELPER_RULE, "firewall": FIREWALL_RULE}
    if not os.path.exists(SUDO_RULES):
        sys.exit("labctl: this lab runs its command as root: nothing in it needs sudo")
    with open(SUDO_RULES, encoding="utf-8") as file:
        lines = file.read().splitlines()
    for name in [which] if which else rules:
        rule = f"mac ALL=(root) NOPASSWD: {rules[name]}"
        lines = [line for line in lines if line != rule] + ([rule] if verdict == "allow" else [])
    # In place: this file is mounted over /etc/sudoers, and a rename would part the two.
    with open(SUDO_RULES, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def leases(action):
    if action == "show":
        if os.path.exists(lab.LEASES):
            with open(lab.LEASES, encoding="utf-8", errors="replace") as file:
                sys.stdout.write(file.read())
        return
    running = lab.bootpd_pid() is not None
    lab.stop_bootpd()
    remembered = f"{lab.ETC}/dnsmasq.leases"
    for path in (lab.LEASES, remembered):
        if os.path.exists(path):
            os.unlink(path)
    if action == "fill":
        # Nobody behind these addresses: as on a Mac where 253 machines came and went in a day.
        import time
        expires = int(time.time()) + 86_000
        lab.write_aside(remembered, "".join(
            f"{expires} 02:00:00:00:00:{n:02x} 192.168.64.{n} * 01:02:00:00:00:00:{n:02x}\n"
            for n in range(2, 255)))
    if running:
        lab.start_bootpd()


def taps():
    """A tap has a carrier while a program holds it. Asked of ip: /sys is that of another namespace."""
    shown = subprocess.run(["/usr/sbin/ip", "-oneline", "link", "show", "type", "tun"],
                           check=True, capture_output=True, text=True).stdout
    for line in shown.splitlines():
        name = line.split(":")[1].strip()
        print(f"{name} {'used' if 'LOWER_UP' in line else 'free'}")


def processes():
    hidden = ancestors(os.getpid()) | {1, lab.bootpd_pid()} | server_pids()
    for pid in lab.processes():
        command = command_line(pid)
        if pid not in hidden and command and lab.parent(pid) != lab.bootpd_pid():
            print(f"{pid} {command}")


def ancestors(pid):
    found = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        pid = lab.parent(pid)
    return found


def server_pids():
    pids = set()
    for name in os.listdir(lab.ETC):
        if name.endswith(".pid"):
            with open(f"{lab.ETC}/{name}", encoding="ascii") as file:
                pids.add(int(file.read() or 0))
    return pids


def command_line(pid):
    """Empty for a zombie: it runs no more."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def status():
    for name in lab.DEFAULTS:
        if name != "firewall-apps":
            print(f"{name} {lab.get(name)}")
    print(f"bootpd {'on' if lab.bootpd_pid() is not None else 'off'}")
    print(f"bootpd-blocked {int(lab.bootpd_blocked())}")


def helper(words):
    if words[0] == "version" and len(words) == 2 and is_version(words[1]):
        lab.put("helper-version", words[1])
    elif words[0] in HELPER_MODES and len(words) == 1:
        lab.put("helper-mode", words[0])
        install_helper(words[0] != "missing")
    else:
        return usage()
    return 0


def install_helper(present):
    source, target = (HELPER_AWAY, HELPER_RULE) if present else (HELPER_RULE, HELPER_AWAY)
    if os.path.exists(source):
        os.rename(source, target)


def is_version(text):
    parts = text.split(".")
    return 1 <= len(parts) <= 3 and all(part.isdigit() for part in parts)


def usage():
    sys.stderr.write(USAGE)
    return 2


def main(argv):
    if argv in ([], ["--help"], ["-h"]):
        sys.stdout.write(USAGE)
        return 0
    command, words = argv[0], argv[1:]
    reads = {"status": status, "taps": taps, "processes": processes}
    if command in reads and not words:
        reads[command]()
        return 0
    if argv == ["leases", "show"]:
        leases("show")
        return 0
    if os.geteuid() != 0:
        os.execv("/usr/bin/sudo", ["sudo", "--non-interactive", SELF, *argv])
    match command, words:
        case "firewall", [("block" | "allow" | "managed" | "off") as verdict]:
            firewall(verdict)
        case "bootpd", [("on" | "off") as state]:
            bootpd(state)
        case "sudo", [("allow" | "refuse") as verdict]:
            sudo(verdict)
        case "sudo", [("allow" | "refuse") as verdict, ("helper" | "firewall") as which]:
            sudo(verdict, which)
        case "macos", [version] if is_version(version):
            lab.put("macos-version", version)
        case "helper", [_, *_]:
            return helper(words)
        case "leases", [("clear" | "fill") as action]:
            leases(action)
        case _:
            return usage()
    return 0


sys.exit(main(sys.argv[1:]))
