"""Sends HEP3 packets to a capture server, by UDP or TCP, not faster than told."""

from __future__ import annotations

import contextlib
import socket
import time
from typing import Final, Literal, Self

SECONDS: Final = 10.0  # for connecting, and for the server to take what it is sent
LONGEST_DEBT: Final = 0.1  # seconds of packets that are caught up with after a pause
MOST_BY_UDP: Final = 65507  # bytes of a datagram; over IPv6 a little more would go
LONGEST_SLEEP: Final = 3600.0
LINGER: Final = 0.2  # for the last datagrams to be refused, if nobody wants them

Transport = Literal["udp", "tcp"]


class HepSender:
    """A connection to one server; a context manager.

    rate: packets a second at most; 0 for no limit. refused: datagrams that the server's host
    refused, as nobody listens there; TCP raises instead. Raises (all of it): OSError.
    """

    def __init__(self, transport: Transport, host: str, port: int, *, rate: float = 0.0) -> None:
        self.sent = self.refused = 0
        self._gap = 1 / rate if rate else 0.0
        self._due = 0.0
        self._udp = transport == "udp"
        if self._udp:
            kind = socket.SOCK_DGRAM
            family, *_, address = socket.getaddrinfo(host, port, type=kind)[0]
            self._socket = socket.socket(family, kind)
            self._socket.settimeout(SECONDS)
            self._socket.connect(address)
        else:
            self._socket = socket.create_connection((host, port), SECONDS)

    def send(self, packet: bytes) -> None:
        """Send one, when it is due."""
        self._wait()
        if not self._udp:
            self._socket.sendall(packet)
        else:
            try:
                self._socket.send(packet)
            except ConnectionRefusedError:  # of one before; this one was not sent
                self.refused += 1
                with contextlib.suppress(ConnectionRefusedError):
                    self._socket.send(packet)
        self.sent += 1

    def _wait(self) -> None:
        if not self._gap:
            return
        now = time.monotonic()
        self._due = max(self._due, now - LONGEST_DEBT)
        if self._due > now:
            time.sleep(min(self._due - now, LONGEST_SLEEP))
        self._due += self._gap

    def close(self) -> None:
        """Leave; what was sent by TCP is delivered."""
        if self._udp and self.sent:
            self._socket.settimeout(LINGER)
            try:
                self._socket.recv(1)
            except ConnectionRefusedError:
                self.refused += 1
            except OSError:
                pass
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
