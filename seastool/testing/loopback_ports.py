"""Free ports on loopback, and who listens, read from /proc: a look must not be a connection.

A connection to a SEAS port that says no name takes one of the proxy's five places for ever.
"""

from __future__ import annotations

import os
import random
import socket
from pathlib import Path
from typing import Final

LOOPBACK: Final = "127.0.0.1"
# Below the ports that Linux gives to outgoing connections, which could take one in between.
# Tests that run side by side take them from ranges of their own, by the number of their worker:
# between the look and the use another could take them.
_RANGES, _SIZE = 4, 3000
FIRST = 20_000 + _SIZE * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % _RANGES)
LAST = FIRST + _SIZE
_TCP_LISTEN, _UDP_BOUND = "0A", "07"


def free_ports(count: int) -> int:
    """The first of some consecutive ports that are free for TCP and UDP. Raises: OSError."""
    for _ in range(1000):
        first = random.randrange(FIRST, LAST)
        if all(_is_free(first + i) for i in range(count)):
            return first
    raise OSError(f"no {count} free ports in a row from {FIRST} to {LAST}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                return False
    return True


def listening(transport: str) -> set[int]:
    """The ports that somebody listens on. transport: tcp or udp."""
    wanted = _TCP_LISTEN if transport == "tcp" else _UDP_BOUND
    ports = set()
    for line in Path("/proc/net", transport).read_text().splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        if state == wanted:
            ports.add(int(local.rpartition(":")[2], 16))
    return ports
