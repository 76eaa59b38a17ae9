"""Holds a program to one address of the network, by a filter of its system calls (seccomp(2), seccomp_unotify(2)).

It takes no rights, but Linux 5.9, and a container runtime that lets seccomp(2) pass, as Docker does by default.
`python3 -I -S confine.py` says whether this machine can.
"""

import ctypes
import errno
import fcntl
import os
import select
import socket
import struct

# Numbers by which the kernel knows an architecture (linux/audit.h) and its system calls (asm/unistd.h).
CALLS = ("seccomp", "socket", "connect", "sendto", "sendmsg", "sendmmsg", "listen")
MACHINES = {
    "x86_64": (0xC000003E, dict(zip(CALLS, (317, 41, 42, 44, 46, 307, 50)))),
    "aarch64": (0xC00000B7, dict(zip(CALLS, (277, 198, 203, 206, 211, 269, 201)))),
}
IO_URING_SETUP = 425
# Numbers from here are those of another interface of x86-64, x32.
X32 = 0x40000000
# linux/prctl.h, linux/seccomp.h
PR_SET_NO_NEW_PRIVS = 38
SET_MODE_FILTER, NEW_LISTENER = 1, 8
ALLOW, ASK, FAIL = 0x7FFF0000, 0x7FC00000, 0x00050000
RECEIVE, SEND, ADD_FILE = 0xC0502100, 0xC0182101, 0x40182103
REPLACE = 1
# linux/bpf_common.h: what a line of a filter does.
LOAD, EQUAL, AT_LEAST, ANY_BIT, AND, RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
NUMBER, ARCHITECTURE = 0, 4
# Seconds that a read or write of a connection takes at most, as yt-dlp's --socket-timeout.
LONGEST = 30
# Seconds that a connection to a port of this machine, and each step of the try, takes at most.
TRY = 5


def confine(asks):
    """This process, and whatever it starts, has no network from here on, but TCP where `asks`.

    Returns the file on which its connect(2) then waits for `connect_one`. Raises OSError where that cannot be.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    lines = b"".join(struct.pack("HBBI", *line) for line in filter_of(os.uname().machine, asks))
    text = ctypes.create_string_buffer(lines, len(lines))
    program = struct.pack("HxxxxxxP", len(lines) // 8, ctypes.addressof(text))
    number = MACHINES[os.uname().machine][1]["seccomp"]
    file = libc.syscall(number, SET_MODE_FILTER, NEW_LISTENER if asks else 0, program)
    if file < 0:
        raise OSError(ctypes.get_errno(), f"seccomp: {os.strerror(ctypes.get_errno())}")
    return file


def filter_of(machine, asks):
    """Lines of (code, lines to skip if so, if not, value): nothing but TCP, which nobody listens on or sends to at once."""
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"seccomp: unknown machine {machine}")
    architecture, calls = MACHINES[machine]
    refuse, allow = (RETURN, 0, 0, FAIL | errno.EACCES), (RETURN, 0, 0, ALLOW)
    by_flags = [(ANY_BIT, 0, 1, socket.MSG_FASTOPEN), refuse, allow]
    return [
        (LOAD, 0, 0, ARCHITECTURE),
        *[(EQUAL, 1, 0, architecture), refuse],
        (LOAD, 0, 0, NUMBER),
        *[(AT_LEAST, 0, 1, X32), refuse],
        *when(calls["connect"], (RETURN, 0, 0, ASK) if asks else refuse),
        *when(calls["socket"], *(tcp(refuse, allow) if asks else [refuse])),
        *when(calls["sendto"], argument(3), *by_flags),
        *when(calls["sendmsg"], argument(2), *by_flags),
        *when(calls["sendmmsg"], argument(3), *by_flags),
        *when(calls["listen"], refuse),
        # It would connect without connect(2).
        *when(IO_URING_SETUP, refuse),
        allow,
    ]


def when(number, *lines):
    return [(EQUAL, 0, len(lines), number), *lines]


def argument(index):
    return (LOAD, 0, 0, 16 + 8 * index)


def tcp(refuse, allow):
    """By family, type without its flags, and protocol of socket(2)."""
    return [
        *[argument(0), (EQUAL, 1, 0, socket.AF_INET), (EQUAL, 0, 6, socket.AF_INET6)],
        *[argument(1), (AND, 0, 0, 0xF), (EQUAL, 0, 3, socket.SOCK_STREAM)],
        *[argument(2), (EQUAL, 2, 0, 0), (EQUAL, 1, 0, socket.IPPROTO_TCP)],
        *[refuse, allow],
    ]


def connect_one(file, address):
    """Answers a connect(2) with a connection to `address`, wherever it was to lead: what it names is not even read."""
    asked = bytearray(80)
    try:
        fcntl.ioctl(file, RECEIVE, asked)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EINTR):
            raise
        return  # Who asked was ended.
    number, target = struct.unpack_from("Q24xI", asked)
    failed = 0
    try:
        with socket.create_connection(address, TRY) as made:
            made.setblocking(True)
            # Who asked has it as non-blocking or with a limit; what blocks for a while does for either.
            for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
                made.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", LONGEST, 0))
            fcntl.ioctl(file, ADD_FILE, struct.pack("QIIII", number, REPLACE, made.fileno(), target, os.O_CLOEXEC))
    except OSError as error:
        failed = -(error.errno or errno.ECONNREFUSED)
    try:
        fcntl.ioctl(file, SEND, struct.pack("QqiI", number, 0, failed, 0))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise


def why_not():
    """Tries it with a process of its own: why it cannot be done here, None where it can."""
    own, other = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as listening, own, other:
        pid = os.fork()
        if pid == 0:
            try_to_leave(other)
        other.close()
        try:
            return not_led(own, listening)
        except OSError as error:
            return str(error)
        finally:
            os.waitpid(pid, 0)


def try_to_leave(other):
    try:
        socket.send_fds(other, [b"+"], [confine(True)])
        with socket.socket() as made:
            made.connect(("192.0.2.1", 9))  # TEST-NET-1: nobody's (RFC 5737)
            made.sendall(b"+")
    except BaseException as error:
        other.sendall((getattr(error, "strerror", None) or str(error)).encode())
    finally:
        os._exit(0)


def not_led(own, listening):
    own.settimeout(TRY)
    listening.settimeout(TRY)
    said, files, _, _ = socket.recv_fds(own, 1_000, 1)
    if not files:
        return said.decode("utf-8", "replace") or "the try ended"
    try:
        if select.select(files, [], [], TRY)[0]:
            connect_one(files[0], listening.getsockname())
    finally:
        os.close(files[0])
    with listening.accept()[0] as made:
        made.settimeout(TRY)
        return None if made.recv(1) == b"+" else "seccomp: no connection was handed over"


def verdict(reason):
    """One line for a log or a report."""
    if reason is None:
        return "held to the proxy of their job (seccomp)"
    return f"not held to the proxy of their job: yt-dlp is by Python alone, ffmpeg is only told of it: {reason}"


if __name__ == "__main__":
    print(verdict(why_not()))
