#!/usr/bin/python3 -IS
"""vmnet-helper, for the lab: connects a VM's unix datagram socket to the lab's bridge through a tap.

Command line, output, lock file and signals are vmnet-helper's. The tap comes from the lab's pool of
taps that are not isolated, so that machines reach each other as on a vmnet network. What it does
wrong on purpose (`labctl helper MODE`) is for tests.
"""
import fcntl
import hashlib
import os
import re
import select
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, "/mnt/lab/libexec")
import lab_state as lab  # noqa: E402

TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI = 0x0002, 0x1000
POOL = [f"vmnet{number}" for number in range(16)]
FRAME_BYTES = 65536
SOCKET_PATH_BYTES = 103
WITH_VALUE = {"--fd", "--socket", "--interface-id", "--operation-mode", "--shared-interface",
              "--start-address", "--end-address", "--subnet-mask", "--network", "--stats-interval"}
FLAGS = {"--enable-tso", "--enable-checksum-offload", "--enable-isolation", "--verbose", "-v"}
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
MODES = ("normal", "hang", "garbage", "exit", "no-socket", "die", "ignore-term")
verbose = False


def log(level, message):
    if level != "DEBUG" or verbose:
        print(f"{level} {message}", file=sys.stderr, flush=True)


def fail(message, code=1):
    log("ERROR", message)
    sys.exit(code)


def parse(argv):
    options = {}
    words = iter(argv)
    for word in words:
        name, equals, value = word.partition("=")
        if name in FLAGS and not equals:
            options[name] = True
        elif name in WITH_VALUE:
            if not equals:
                value = next(words, None)
                if value is None:
                    fail(f"Option {name} requires an argument")
            options[name] = value
        else:
            fail(f"Invalid option: {word}")
    return options


def check(options):
    if "--network" in options:
        for other in ("--operation-mode", "--shared-interface", "--start-address", "--end-address",
                      "--subnet-mask"):
            if other in options:
                fail(f"Conflicting arguments: --network cannot be used with {other}")
        if lab.macos_major() < 26:
            fail("[main] --network requires macOS 26 or later")
    mode = options.get("--operation-mode", "shared")
    if mode not in ("shared", "bridged", "host"):
        fail(f'Invalid operation-mode: "{mode}"')
    if mode == "bridged":
        if "--shared-interface" not in options:
            fail("Missing argument: shared-interface is required for operation-mode=bridged")
        if "--enable-isolation" in options:
            fail("Conflicting arguments: enable-isolation cannot be used with bridged mode")
        fail("[main] the lab has no interface to bridge to")
    given = [name for name in ("--start-address", "--end-address", "--subnet-mask")
             if name in options]
    if given and len(given) < 3:
        fail("--start-address, --end-address, and --subnet-mask must be given together, "
             "or all omitted")
    if "--interface-id" in options and not UUID.fullmatch(options["--interface-id"]):
        fail(f'Invalid interface-id: "{options["--interface-id"]}"')
    if "--fd" not in options and "--socket" not in options:
        fail('Missing argument: either "fd" or "socket" required')
    if "--fd" in options and "--socket" in options:
        fail('Conflicting arguments: "fd" and "socket" are mutually exclusive')
    path = options.get("--socket", "")
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        fail(f'Socket "{path}" too long ({len(os.fsencode(path))} > {SOCKET_PATH_BYTES})')


def needs_root():
    """macOS before 26 gives a vmnet interface to root only; later, to helpers since 0.9 as well."""
    version = [int(part) for part in lab.get("helper-version").split(".")]
    return lab.macos_major() < 26 or version < [0, 9]


def open_tap():
    for name in POOL:
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
            os.set_blocking(tap, False)
            return tap
        except OSError as error:
            os.close(tap)
            if error.errno not in (16, 77):  # EBUSY, EBADFD: another helper has it
                fail(f"[main] vmnet_start_interface: {error.strerror}")
    fail("[main] vmnet_start_interface: VMNET_SHARING_SERVICE_BUSY")


def drop_privileges():
    if os.geteuid() != 0 or "SUDO_UID" not in os.environ:
        return
    os.setgroups([])
    os.setgid(int(os.environ["SUDO_GID"]))
    os.setuid(int(os.environ["SUDO_UID"]))
    log("INFO", f"[main] dropped privileges to uid: {os.geteuid()} gid: {os.getegid()}")


def print_interface(options):
    interface_id = options.get("--interface-id", "").upper()
    seed = (interface_id or f"{os.getpid()}-{time.time_ns()}").encode()
    digest = hashlib.sha256(seed).digest()
    mac = ":".join(f"{byte:02x}" for byte in bytes([digest[0] & 0xFC | 0x02]) + digest[1:6])
    if not interface_id:
        h = digest.hex().upper()
        interface_id = f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:32]}"
    fields = [
        ("vmnet_mac_address", f'"{mac}"'),
        ("vmnet_start_address", '"192.168.64.1"'),
        ("vmnet_end_address", '"192.168.64.254"'),
        ("vmnet_subnet_mask", '"255.255.255.0"'),
        ("vmnet_mtu", 1500),
        ("vmnet_max_packet_size", 1514),
        ("vmnet_interface_id", f'"{interface_id}"'),
        ("vmnet_nat66_prefix", '"fd9b:5a14:ba57:e3d3::"'),
        ("vmnet_read_max_packets", 256),
        ("vmnet_write_max_packets", 256),
    ]
    print("{" + ",".join(f'"{key}":{value}' for key, value in fields) + "}", flush=True)


class Stopped(Exception):
    """A signal said so."""


def on_signal(number, _frame):
    raise Stopped(signal.Signals(number).name)


def bind(path, undo):
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        fail(f'[main] open("{path}.lock"): {error.strerror}')
    undo.append(f"{path}.lock")
    remove(path)
    server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        server.setsockopt(socket.SOL_SOCKET, option, 4 * 1024 * 1024)
    server.bind(path)
    os.chmod(path, 0o600)
    undo.append(path)
    return server


def serve(server, tap, connected):
    """Relays frames. A frame that cannot be delivered at once is dropped, as on a wire."""
    server.setblocking(False)
    while True:
        readable, _, _ = select.select([server, tap], [], [])
        if server in readable:
            try:
                if connected:
                    frame = server.recv(FRAME_BYTES)
                else:
                    frame, client = server.recvfrom(FRAME_BYTES)
                    server.connect(client)  # one client per lifetime
                    connected = True
                    log("INFO", f"[main] serving client {client!r}")
                os.write(tap, frame)
            except OSError as error:
                log("DEBUG", f"[vm->host] {error.strerror}")
        if tap in readable:
            frame = os.read(tap, FRAME_BYTES)
            if connected:
                try:
                    server.send(frame)
                except OSError as error:
                    log("DEBUG", f"[host->vm] {error.strerror}")


def remove(path):
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass  # nobody left one behind


def misbehave(mode):
    if mode == "hang":
        signal.pause()
    if mode == "garbage":
        print("Starting vmnet interface ...", flush=True)
        signal.pause()
    if mode == "exit":
        fail("[main] vmnet_start_interface: VMNET_FAILURE")


def main(argv):
    global verbose
    version = lab.get("helper-version")
    if "--version" in argv:
        # YAML since 0.7.0, a bare version before.
        old = [int(part) for part in version.split(".")] < [0, 7]
        print(f"v{version}" if old else f"version: v{version}\ncommit: {'0' * 40}")
        return 0
    if "--list-shared-interfaces" in argv:
        return 0
    options = parse(argv)
    verbose = "-v" in options or "--verbose" in options
    check(options)
    log("INFO", f"[main] running vmnet-helper v{version} on macOS {lab.get('macos-version')}")
    log("INFO", f"[main] running as uid: {os.geteuid()} gid: {os.getegid()}")
    if needs_root() and os.geteuid() != 0:
        fail("[main] vmnet_start_interface: VMNET_FAILURE (root is required on this macOS)")
    mode = lab.get("helper-mode")
    undo = []
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        misbehave(mode)
        tap = open_tap()
        log("INFO", "[main] started vmnet interface")
        drop_privileges()
        print_interface(options)
        if mode == "no-socket":
            signal.pause()
        if "--fd" in options:
            server = socket.socket(fileno=int(options["--fd"]))
        else:
            server = bind(options["--socket"], undo)
            log("INFO", f'[main] waiting for client on "{options["--socket"]}"')
        if mode == "die":
            fail("[main] vmnet_read: VMNET_INVALID_ACCESS")
        if mode == "ignore-term":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        serve(server, tap, connected="--fd" in options)
    except Stopped as stopped:
        log("INFO", f"[main] received signal {stopped}")
    finally:
        for path in reversed(undo):
            remove(path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
