"""PID 1 of the lab's process namespace.

Sets the lab up, runs one command in it, reaps what is orphaned, and ends when the command does, or
at once when whoever entered the lab is gone. The kernel then removes every process, interface and
mount of the lab's namespaces: nothing here has to clean up.

File descriptor 3 is a pipe from vfm-lab: a line names a signal for the command, its end means that
vfm-lab is gone. Descriptor 4 goes back to it: "in" once this runs.

usage: lab_init.py SETUP... -- LEAVE...      (two command lines)
SETUP leaves the command's argv in COMMAND_FILE, words ended by NUL; LEAVE runs after the command.
"""
import os
import select
import signal
import socket
import sys

CONTROL, STATUS = 3, 4
COMMAND_FILE = "/mnt/lab/private/command"
HOST_NAME = "mac"
# As of env(1) and the shells: 125 the lab itself failed, 126 and 127 the command did not start.
LAB_FAILED = 125
RELAYED = {"HUP": signal.SIGHUP, "INT": signal.SIGINT, "QUIT": signal.SIGQUIT,
           "TERM": signal.SIGTERM, "USR1": signal.SIGUSR1, "USR2": signal.SIGUSR2}


def main():
    setup, leave = split(sys.argv[1:])
    os.set_inheritable(CONTROL, False)
    os.set_inheritable(STATUS, False)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    # Handlers, not SIG_IGN: what is ignored stays ignored in the command. The terminal signals the
    # command by itself; PID 1 only must not care.
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGTERM,
                   signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    socket.sethostname(HOST_NAME)
    # What the lab mounts may hide the directory it was entered from.
    os.chdir("/")
    os.write(STATUS, b"in\n")
    if run(setup, wake_read) != 0:
        return LAB_FAILED
    with open(COMMAND_FILE, "rb") as file:
        argv = file.read().split(b"\0")[:-1]
    code = run(argv, wake_read)
    if leave:
        run(leave, wake_read)
    return code


def split(words):
    at = words.index("--")
    return words[:at], words[at + 1:]


def run(argv, wake_read):
    pid = os.fork()
    if pid == 0:
        try:
            os.execvp(argv[0], argv)
        except OSError as error:
            print(f"vfm-lab: {os.fsdecode(argv[0])}: {error.strerror}", file=sys.stderr, flush=True)
            os._exit(127 if isinstance(error, FileNotFoundError) else 126)
    while True:
        status = reap(pid)
        if status is not None:
            return status
        readable, _, _ = select.select([wake_read, CONTROL], [], [])
        if wake_read in readable:
            os.read(wake_read, 512)
        if CONTROL in readable:
            relay(os.read(CONTROL, 512), pid)


def reap(awaited):
    """Collects every process that ended; the exit code of the awaited one, as a shell counts."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == awaited:
            ended = os.waitstatus_to_exitcode(status)
            code = ended if ended >= 0 else 128 - ended


def relay(data, pid):
    if data == b"":
        os._exit(LAB_FAILED)  # vfm-lab is gone, and with PID 1 goes everything
    for name in data.decode().split():
        if name in RELAYED:
            try:
                os.kill(pid, RELAYED[name])
            except ProcessLookupError:
                pass  # it ended meanwhile: the next turn of the loop sees it


sys.exit(main())
