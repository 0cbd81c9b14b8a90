"""Runs a command in a pseudo-terminal of $TERMINAL_COLUMNS columns (80) and prints what it wrote there.

usage: terminal.py TEXT KEY COMMAND...   once TEXT was written, the key (a letter, for Ctrl) is pressed;
an empty TEXT presses nothing. Exits as the command does.
"""

import fcntl
import os
import pty
import struct
import sys
import termios

text, key, *command = sys.argv[1:]
columns = int(os.environ.get("TERMINAL_COLUMNS", "80"))
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
seen = b""
pressed = text == ""
while True:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        break
    if not chunk:
        break
    seen += chunk
    if not pressed and text.encode() in seen:
        os.write(terminal, bytes([ord(key.upper()) - 64]))
        pressed = True
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
