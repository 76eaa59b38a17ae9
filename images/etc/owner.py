"""Process 1 of a container: supervisord, loaded while boot looks around, and woken by its signals.

owner.py          runs boot, then becomes the supervisord that boot asks for, or ends as boot ends
owner.py --now    supervisord in the foreground with the environment as it is
owner.py --daemon supervisord in the background
"""

import os
import signal
import sys

NODE = ["node", "--disable-warning=ExperimentalWarning", "/app/images/boot/main.js"]
CONFIG = "/app/images/etc/supervisord.conf"
# Where boot expects to tell what supervisord is to run without.
ANSWER = 3
# User and group of the watchdog (src/contracts/user-ids.ts).
WATCHDOG = 59006


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode == "":
        take_environment_of_container()
        answer = run_boot()
        if answer:
            become(["--now"], {name: value for name, value in os.environ.items() if name not in answer})
    supervise([] if mode == "--daemon" else ["-n"])


def take_environment_of_container():
    """What the container was given is in process 1's environment, not always in the own one."""
    with open("/proc/1/environ", "rb") as file:
        pairs = [pair.split(b"=", 1) for pair in file.read().split(b"\0") if b"=" in pair]
    given = {os.fsdecode(name): os.fsdecode(value) for name, value in pairs}
    if not given.keys() <= os.environ.keys():
        become([], {**given, **os.environ})


def become(arguments, environment):
    """Starts again with another environment: what /proc shows of a supervisord is what its programs get."""
    os.execve(sys.executable, [sys.executable, "-I", __file__, *arguments], environment)


def run_boot():
    """Variables that supervisord is to run without; does not return where boot wants no supervisord."""
    reading, writing = os.pipe()
    boot = os.posix_spawnp(NODE[0], [*NODE], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, writing, ANSWER)])
    os.close(writing)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: os.kill(boot, number))
    import supervisor.supervisord  # noqa: F401 - takes as long as boot does

    with open(reading, encoding="utf-8") as file:
        lines = file.read().splitlines()
    if lines[:1] != ["start"]:
        code = os.waitstatus_to_exitcode(os.waitpid(boot, 0)[1])
        sys.exit(code if code >= 0 else 128 - code)
    # Boot still prints its summary; supervisord reaps it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    return lines[1:]


def let_watchdog_ask(servers):
    """The watchdog, whose group has no name that the configuration could give, restarts programs over the socket."""
    for server in servers:
        os.chown(server["file"], 0, WATCHDOG)
        os.chmod(server["file"], 0o770)


def supervise(arguments):
    from supervisor import supervisord
    from supervisor.medusa import asyncore_25 as asyncore

    class Waker:
        """supervisord waits up to a second in poll(2), which Python resumes after a signal: a byte in a pipe ends it."""

        def __init__(self):
            self.reading, self.writing = os.pipe()
            os.set_blocking(self.reading, False)
            os.set_blocking(self.writing, False)
            signal.set_wakeup_fd(self.writing, warn_on_full_buffer=False)
            asyncore.socket_map[self.reading] = self
            # The first programs start at once.
            os.write(self.writing, b"\0")

        def readable(self):
            return True

        def writable(self):
            return False

        def handle_read_event(self):
            # One signal is handled a turn.
            os.read(self.reading, 1)
            # Who waits for the end of a program is asked again after 0.1 s, which is a second later when poll(2) began before.
            for channel in asyncore.socket_map.values():
                if hasattr(channel, "last_writable_check"):
                    channel.last_writable_check = 0

        def handle_error(self):
            pass

    class Owner(supervisord.Supervisor):
        """Stops the programs of one priority together; those that start first stop first."""

        def runforever(self):
            Waker()
            let_watchdog_ask(self.options.server_configs)
            super().runforever()

        def ordered_stop_groups_phase_1(self):
            row = min((group.config.priority for group in self.stop_groups), default=None)
            for group in self.stop_groups:
                if group.config.priority == row:
                    group.stop_all()

        def ordered_stop_groups_phase_2(self):
            self.stop_groups = [group for group in self.stop_groups or () if group.get_unstopped_processes()]

    with open("/proc/self/comm", "w") as file:
        file.write("supervisord")
    supervisord.Supervisor = Owner
    supervisord.main([*arguments, "-c", CONFIG])


main()
