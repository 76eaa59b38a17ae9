"""Holds Python to the proxy of its environment: the weaker way, for kernels where confine.py has none.

It is imported by any Python that starts with this folder in PYTHONPATH (the module site). It sees what Python connects
(PEP 578), neither what a library in C nor what a program that Python starts does.
"""

import os
import sys

HOST, _, PORT = os.environ.get("https_proxy", "").rpartition("//")[2].rstrip("/").rpartition(":")
# Where their address stands among the arguments of the event.
WITH_ADDRESS = ("socket.connect", "socket.sendto", "socket.sendmsg")
OF_NAMES = ("socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")


def only_proxy(event, arguments):
    if event in WITH_ADDRESS:
        address = arguments[1]
    elif event == "socket.getaddrinfo":
        address = arguments[:2]
    elif event in OF_NAMES:
        address = arguments[0]
    else:
        return
    # None: what is connected already is written to.
    if address is not None and (type(address) is not tuple or [str(part) for part in address[:2]] != [HOST, PORT]):
        raise PermissionError(f"only the proxy may be connected to, not {address!r}")


sys.addaudithook(only_proxy)
