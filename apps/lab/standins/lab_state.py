"""What the stand-ins of the lab share: where its state lies, and how it takes effect.

Every value is one small text file below /mnt/lab/etc, written aside and renamed, owned by root.
"""
import os
import select
import signal
import subprocess

ETC = "/mnt/lab/etc"
RUN = "/mnt/lab/run"
LOG = "/mnt/lab/log"
BRIDGE = "bridge100"
BOOTPD = "/usr/libexec/bootpd"
LEASES = "/var/db/dhcpd_leases"
BOOTPD_PID = f"{ETC}/bootpd.pid"
NFT = "/usr/sbin/nft"
STOP_SECONDS = 5

DEFAULTS = {
    "macos-version": "15.5",
    "firewall-global": "0",
    "firewall-allow-signed": "1",
    "firewall-managed": "0",
    "firewall-apps": "",
    "helper-mode": "normal",
    "helper-version": "0.13.0",
}


def get(name):
    try:
        with open(f"{ETC}/{name}", encoding="utf-8") as file:
            return file.read().strip()
    except FileNotFoundError:
        return DEFAULTS[name]


def put(name, value):
    assert name in DEFAULTS, name
    write_aside(f"{ETC}/{name}", f"{value}\n")


def write_aside(path, text):
    with open(f"{path}-", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(f"{path}-", path)


def macos_major():
    return int(get("macos-version").split(".")[0])


def apps():
    """The firewall's list: path -> True (allowed) or False (blocked), in order."""
    lines = get("firewall-apps").splitlines()
    return {path: verdict == "allow" for verdict, path in (line.split(" ", 1) for line in lines)}


def put_apps(entries):
    lines = [f"{'allow' if allowed else 'block'} {path}" for path, allowed in entries.items()]
    put("firewall-apps", "\n".join(lines))


def bootpd_blocked():
    """bootpd is signed by Apple: the list of apps counts only when that does not let it through."""
    if get("firewall-global") == "0" or get("firewall-allow-signed") == "1":
        return False
    return not apps().get(BOOTPD, False)


def apply_firewall():
    """The blocked bootpd really hears nothing: DHCP requests are dropped before it."""
    rules = ["add table inet alf", "delete table inet alf"]
    if bootpd_blocked():
        rules += [
            "add table inet alf",
            "add chain inet alf input { type filter hook input priority 0; policy accept; }",
            f"add rule inet alf input iifname {BRIDGE} udp dport 67 drop",
        ]
    subprocess.run([NFT, "-f", "-"], input="\n".join(rules) + "\n", text=True, check=True)


def bootpd_pid():
    try:
        with open(BOOTPD_PID, encoding="ascii") as file:
            return int(file.read())
    except FileNotFoundError:
        return None


def start_bootpd():
    if bootpd_pid() is not None:
        return
    subprocess.run([
        "/usr/sbin/dnsmasq", "--conf-file=/dev/null", "--user=", "--group=",
        f"--pid-file={BOOTPD_PID}", "--port=0", "--no-hosts", "--no-resolv", "--no-ping",
        f"--interface={BRIDGE}", "--except-interface=lo", "--bind-interfaces",
        "--dhcp-authoritative", "--dhcp-range=192.168.64.2,192.168.64.254,255.255.255.0,24h",
        "--dhcp-option=option:router,192.168.64.1", "--dhcp-option=option:dns-server",
        f"--dhcp-leasefile={ETC}/dnsmasq.leases", "--dhcp-script=/mnt/lab/libexec/bootpd_lease.py",
        "--script-on-renewal", "--log-dhcp", f"--log-facility={LOG}/bootpd.log",
    ], check=True)


def stop_bootpd():
    """Returns once it is gone, its port is free, and the last lease it gave is written."""
    pid = bootpd_pid()
    if pid is None:
        return
    # The child runs the lease script for what is still queued, then ends as well.
    watched = [os.pidfd_open(process) for process in [pid, *children(pid)]]
    signal.pidfd_send_signal(watched[0], signal.SIGTERM)
    for watch in watched:
        # A pidfd becomes readable when its process has ended.
        if not select.select([watch], [], [], STOP_SECONDS)[0]:
            signal.pidfd_send_signal(watch, signal.SIGKILL)
            select.select([watch], [], [], STOP_SECONDS)
        os.close(watch)
    if os.path.exists(BOOTPD_PID):
        os.unlink(BOOTPD_PID)


def children(pid):
    return [process for process in processes() if parent(process) == pid]


def processes():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def parent(pid):
    """0 when it has none, or is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
