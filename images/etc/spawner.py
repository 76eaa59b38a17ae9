"""Starts a worker as a user without rights, and for it the programs that open what strangers made, as another user.

spawner.py SOCKET WORKER_UID PROGRAM_UID WORKER [ARGUMENT]...

Who connects to SOCKET, which only the worker's user may, sends one line of JSON: file, args, directory, environment, and
port, null or that of the proxy on loopback that all of the program's connections lead to.
The answer is one line of JSON, exitCode, stdout and stderr, or error. Whoever closes the sending side ends the program.
No process that a program has started, in whatever session, is left when the answer comes.
"""

import json
import os
import select
import signal
import socket
import sys
import time

# Seconds from SIGTERM to SIGKILL.
GRACE = 3
LONGEST_REQUEST = 1 << 20
LONGEST_OUTPUT = 100_000_000
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)
# As of a shell that cannot start a program.
FAILED = 127
# prctl(2)
PR_SET_CHILD_SUBREAPER = 36
FOLDER = os.path.dirname(os.path.abspath(__file__))
# What holds Python to the proxy of its environment where confine.py cannot.
PYTHON_ALONE = f"{FOLDER}/python-proxy"


def main():
    path, worker, program, *command = sys.argv[1:]
    listening = listen(path, int(worker))
    note_process(os.path.dirname(path))
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    pid = os.fork()
    if pid == 0:
        end_with(become_worker, os.path.dirname(path), worker, program, command)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: os.kill(pid, number))
    signal.signal(signal.SIGCHLD, lambda number, frame: reap(pid))
    # A start has the cores for 2 s, unless the worker asks before.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    select.select([listening], [], [], 2)
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    load()
    reason = confine.why_not()
    os.write(2, f"spawner: programs of downloads are {confine.verdict(reason)}\n".encode())
    while True:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        connection, _ = listening.accept()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        if os.fork() == 0:
            listening.close()
            end_with(serve, connection, program, reason is None)
        connection.close()


def load():
    """What the worker need not wait for. -I does not look for modules beside this file."""
    global prctl, confine
    import ctypes

    sys.dont_write_bytecode = True
    sys.path.insert(0, FOLDER)
    import confine

    prctl = ctypes.CDLL(None).prctl


def listen(path, user):
    """Only root and the worker's user can connect."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if os.path.lexists(path):
        os.unlink(path)
    listening = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    listening.bind(path)
    os.umask(before)
    os.chown(path, user, user)
    listening.listen(64)
    return listening


def note_process(run):
    """Of another user's process the watchdog cannot read the name."""
    name = os.environ.get("SUPERVISOR_PROCESS_NAME")
    if name:
        os.makedirs(f"{run}/pids", mode=0o755, exist_ok=True)
        with open(f"{run}/pids/{name}", "w") as file:
            file.write(f"{os.getpid()}\n")


def become_worker(run, user, group, command):
    """As images/etc/as-user does. The group is that of the programs: their files are read and removed."""
    restore_signals()
    os.environ["HOME"] = f"/var/cache/cres/{user}"
    for folder, mode in ((os.environ["HOME"], 0o700), (f"{run}/own/{user}", 0o755)):
        os.makedirs(folder, mode=0o755, exist_ok=True)
        os.chmod(folder, mode)
        os.chown(folder, int(user), int(user))
    scratch = os.environ.get("TMPDIR")
    if scratch:
        os.makedirs(scratch, exist_ok=True)
        os.chmod(scratch, 0o1777)
    replace_by(user, ["--groups", group], command, os.environ)


def replace_by(user, groups, command, environment):
    """It ends with its parent, whatever ends that."""
    rights = ["--reuid", user, "--regid", user, *groups, "--inh-caps=-all", "--no-new-privs", "--pdeathsig", "KILL"]
    os.execvpe("setpriv", ["setpriv", *rights, "--", *command], environment)


def reap(worker):
    """Ends as the worker ends. Programs are ended by their own processes, which see that nobody asks any more."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        if pid == worker:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def restore_signals():
    for number in (*SIGNALS, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def end_with(work, *arguments):
    """A fork never returns to what its parent does."""
    try:
        work(*arguments)
        os._exit(0)
    except BaseException as error:
        os.write(2, f"spawner: {error}\n".encode())
    finally:
        os._exit(FAILED)


def serve(connection, user, confined):
    """One program from its request to its answer, in a process of its own."""
    for number in (*SIGNALS, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL if number != signal.SIGPIPE else signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    # What ends the worker's group shall not end who cleans up after the programs.
    os.setsid()
    # Whoever leaves its parent becomes a child of this process (prctl(2)), and so can be found.
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        answer = run(connection, json.loads(read_line(connection)), user, confined)
    except (OSError, ValueError, KeyError) as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    try:
        connection.sendall(json.dumps(answer).encode() + b"\n")
    except OSError:
        pass  # Nobody waits any more.


def read_line(connection):
    connection.settimeout(GRACE)
    line = b""
    while not line.endswith(b"\n"):
        part = connection.recv(65536)
        if not part or len(line) > LONGEST_REQUEST:
            raise ValueError("no request")
        line += part
    connection.settimeout(None)
    return line


def run(connection, request, user, confined):
    directory = request["directory"]
    pid, pipes, asking = start(request, user, confined)
    try:
        code, outputs = watch(connection, pid, pipes, asking, ("127.0.0.1", request.get("port")))
    finally:
        end_children()
    # The worker, of the same group, measures, reads and removes what is there.
    opening = {**request, "file": "chmod", "args": ["-R", "ug+rwX", "--", directory], "port": None}
    opened, _, _ = start(opening, user, confined, quiet=True)
    os.waitpid(opened, 0)
    end_children()
    stdout, stderr = (output.decode("utf-8", "replace") for output in outputs)
    return {"exitCode": code, "stdout": stdout, "stderr": stderr}


def start(request, user, confined, quiet=False):
    """Process number, where its standard output and error are read, and where its connections are asked for."""
    pipes = [] if quiet else [os.pipe(), os.pipe()]
    own, other = socket.socketpair()
    with own, other:
        pid = os.fork()
        if pid == 0:
            end_with(become_program, request, user, [writing for _, writing in pipes], other if confined else None)
        other.close()
        for _, writing in pipes:
            os.close(writing)
        # Nothing comes where the program may ask for nothing.
        _, asking, _, _ = socket.recv_fds(own, 1, 1)
    for file in asking:
        os.set_inheritable(file, False)
    return pid, [reading for reading, _ in pipes], asking


def become_program(request, user, outputs, other):
    restore_signals()
    os.setsid()
    os.umask(0o002)
    none = os.open(os.devnull, os.O_RDWR)
    for number, file in enumerate([none, *(outputs or [none, none])]):
        os.dup2(file, number)
    os.chdir(request["directory"])
    environment = request["environment"]
    asks = request.get("port") is not None
    if other:
        asking = confine.confine(asks)
        if asks:
            socket.send_fds(other, [b"+"], [asking])
    elif asks:
        environment = {**environment, "PYTHONPATH": PYTHON_ALONE}
    replace_by(user, ["--clear-groups"], [request["file"], *request["args"]], environment)


def watch(connection, pid, pipes, asking, proxy):
    """Reads until the program has ended. Exit code, none where a signal ended it, and what it wrote."""
    poll = select.poll()
    outputs = {pipe: bytearray() for pipe in pipes}
    for file in (connection.fileno(), *pipes, *asking):
        poll.register(file, select.POLLIN)
    kill_at = None
    status = None
    open_pipes = set(pipes)
    while status is None:
        # A program that has ended has closed its outputs a moment before.
        for file, event in poll.poll(100 if open_pipes else 5):
            if file == connection.fileno():
                if connection.recv(65536):
                    continue
                kill_at = time.monotonic() + GRACE
                signal_group(pid, signal.SIGTERM)
                poll.unregister(file)
            elif file in asking and event & select.POLLIN:
                confine.connect_one(file, proxy)
            elif file in asking:
                poll.unregister(file)  # Nobody is left who could ask.
            elif not read_into(outputs[file], file):
                poll.unregister(file)
                open_pipes.discard(file)
        if kill_at is not None and time.monotonic() > kill_at or sum(map(len, outputs.values())) > LONGEST_OUTPUT:
            signal_group(pid, signal.SIGKILL)
        ended, found = os.waitpid(pid, os.WNOHANG)
        status = found if ended else None
    end_children()
    for file in pipes:
        while read_into(outputs[file], file):
            pass
    code = os.waitstatus_to_exitcode(status)
    return (code if code >= 0 else None), list(outputs.values())


def read_into(output, file):
    part = os.read(file, 1 << 18)
    output += part
    return bool(part) and len(output) <= LONGEST_OUTPUT + (1 << 18)


def signal_group(pid, number):
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        pass  # It has ended, or not yet begun its session.


def end_children():
    """Kills children until there are none; theirs become children of this process when they have ended."""
    while True:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        for pid in children():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.005)


def children():
    own = os.getpid()
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                # The name before it may hold anything (proc(5)).
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == own:
            yield int(name)


main()
