"""Runs a program with stderr, and unless a file is given also stdout, on terminals of 80x24.

on-terminal.py FILE|- PROGRAM [ARGUMENT...] prints JSON: {"code": ..., "stdout": ..., "stderr": ...}.
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios

DEADLINE_S = 60


def terminal():
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    return ours, its


def main(file, argv):
    stderr, its_stderr = terminal()
    stdout, its_stdout = (None, os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)) if file != "-" else terminal()
    child = subprocess.Popen(argv, stdin=its_stderr, stdout=its_stdout, stderr=its_stderr, start_new_session=True)
    os.close(its_stderr)
    os.close(its_stdout)
    texts = {fd: b"" for fd in (stdout, stderr) if fd is not None}
    open_ends = set(texts)
    while open_ends:
        ready, _, _ = select.select(open_ends, [], [], DEADLINE_S)
        if not ready:
            child.kill()
            break
        for fd in ready:
            try:
                chunk = os.read(fd, 65536)
            except OSError:  # EIO: the last one who had it open has gone
                chunk = b""
            texts[fd] += chunk
            if not chunk:
                open_ends.discard(fd)
    written = open(file, "rb").read() if stdout is None else texts[stdout]
    result = {"code": child.wait(), "stdout": written.decode(), "stderr": texts[stderr].decode()}
    print(json.dumps(result))


main(sys.argv[1], sys.argv[2:])
