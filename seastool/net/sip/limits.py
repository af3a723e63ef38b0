"""What the peers of a process's SIP sockets may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Times are in seconds.

    connections: over TCP, both ways, if the process may open so many files; one more is refused.
    unsent: bytes that wait for one connection. held: bytes of all connections, half messages and
    what waits. connect: time to be connected. half_message: time for a message to be whole.
    stalled: time that a peer may read nothing while something waits for it. idle: time without
    any byte; RFC 3261 section 18 wants it above the longest transaction. waiting: datagrams that
    wait for the system's buffer. last_answers: time to answer what came before, where no more can
    be read.
    """

    connections: int = 5_000
    unsent: int = 1 << 20
    held: int = 256 << 20
    connect: float = 5.0
    half_message: float = 30.0
    stalled: float = 30.0
    idle: float = 600.0
    waiting: int = 4_096
    last_answers: float = 1.0
