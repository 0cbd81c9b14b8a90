"""Runs a program on a terminal of its own, types the password when asked for one, and once the
program has reported does what it is told: "interrupt" presses Ctrl-C, "hangup" closes the terminal.
Usage: terminal.py PASSWORD|- interrupt|hangup|none PROGRAM..."""
import os, pty, select, sys, time

password, action, program = sys.argv[1], sys.argv[2], sys.argv[3:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(program[0], program)


def read():
    ready, _, _ = select.select([terminal], [], [], 0.02)
    try:
        return os.read(terminal, 65536) if ready else b""
    except OSError:
        return b""


# Its end is the end of the program: sudo, which outlives it, may hold the terminal open.
output, ended, deadline = b"", 0, time.monotonic() + 20
while not ended and time.monotonic() < deadline:
    output += read()
    if b"password for" in output and password != "-":
        os.write(terminal, password.encode() + b"\n")
        password = "-"
    if action != "none" and b"RESULT" in output and output.endswith(b"\n"):
        if action == "interrupt":
            os.write(terminal, b"\x03")
        else:
            os.close(terminal)
            break
        action = "none"
    ended, status = os.waitpid(pid, os.WNOHANG)
if ended:
    output += read()
else:
    _, status = os.waitpid(pid, 0)
sys.stdout.write(output.decode(errors="replace"))
print("\nSTATUS %d" % status)
