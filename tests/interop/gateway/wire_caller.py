"""A caller that sends bytes, right or wrong, and tells what comes back."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from typing import Self

from seastool.sip.framing import NEED_DATA, SipMessage, SipSplitter
from seastool.testing.loopback_ports import LOOPBACK

LARGEST = 65536
PATIENCE = 20.0
LOOK = 0.01


class WireCaller:
    """One socket to a gateway. transport: udp, or tcp for a connection of its own.

    user: who is called. patience: seconds that a write over TCP may take. buffer: bytes for what
    comes in.
    """

    def __init__(
        self,
        port: int,
        transport: str = "udp",
        *,
        user: str = "bob",
        patience: float = PATIENCE,
        buffer: int = 1 << 20,
    ) -> None:
        self.transport, self.user = transport, user
        if transport == "udp":
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            self._socket.bind((LOOPBACK, 0))
            self._socket.connect((LOOPBACK, port))
        else:
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
            self._socket.settimeout(patience)
            self._socket.connect((LOOPBACK, port))
        self.is_closed = False
        self.got: list[bytes] = []
        self._splitter = SipSplitter()
        self._gateway = port
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def port(self) -> int:
        """Ours."""
        return int(self._socket.getsockname()[1])

    def send(self, *messages: bytes) -> None:
        """All of them before anything is read; over TCP in one piece."""
        if self.transport == "tcp":
            self._socket.sendall(b"".join(messages))
            return
        for message in messages:
            self._socket.send(message)

    def close_writing(self) -> None:
        """Nothing more will be sent."""
        self._socket.shutdown(socket.SHUT_WR)

    def wait(self, wanted: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        """Read until it is so. Returns whether it is."""
        end = time.monotonic() + seconds
        while not wanted():
            if self.is_closed or time.monotonic() > end:
                return False
            if select.select([self._socket], [], [], LOOK)[0]:
                self._read()
        return True

    def _read(self) -> None:
        try:
            data = self._socket.recv(LARGEST)
        except OSError:
            self.is_closed = self.transport == "tcp"  # a datagram was refused, no more
            return
        if self.transport == "udp":
            self.got.append(data)
            return
        self.is_closed = not data
        self._splitter.receive_data(data)
        while (event := self._splitter.next_event()) is not NEED_DATA:
            if isinstance(event, SipMessage):
                self.got.append(event.data)

    def statuses(self, call_id: str, method: str) -> list[int]:
        """Of the responses to that method, in order."""
        name, cseq = f"\r\nCall-ID: {call_id}\r\n".encode(), f" {method}\r\n".encode()
        return [int(data[8:11]) for data in self.got if name in data and cseq in data]

    def fence(self) -> bool:
        """Whether an OPTIONS is answered: then all before it has been looked at."""
        self._number += 1
        name = f"fence-{self._number}"
        self.send(self.request(name))
        return self.wait(lambda: bool(self.statuses(name, "OPTIONS")))

    def request(
        self,
        call_id: str,
        method: str = "OPTIONS",
        *,
        user: str = "",
        branch: str = "1",
        cseq: str = "",
        to_tag: str = "",
        headers: str = "",
        body: bytes = b"",
    ) -> bytes:
        """An ordinary one. user: who is called, in place of `self.user`. headers: whole lines."""
        user = user or self.user
        here = f"{LOOPBACK}:{self.port}"
        tag = f";tag={to_tag}" if to_tag else ""
        return (
            f"{method} sip:{user}@{LOOPBACK}:{self._gateway} SIP/2.0\r\n"
            f"Via: SIP/2.0/{self.transport.upper()} {here};branch=z9hG4bK{call_id}-{branch}\r\n"
            f"From: <sip:alice@{here}>;tag=from-{self.port}\r\n"
            f"To: <sip:{user}@{LOOPBACK}:{self._gateway}>{tag}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq or '1 ' + method}\r\n"
            f"Contact: <sip:alice@{here}>\r\n"
            f"Max-Forwards: 70\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        ).encode() + body

    def to_tag(self, call_id: str, status: int) -> str:
        """That of the response with this status."""
        start = f"SIP/2.0 {status} ".encode()
        name = f"\r\nCall-ID: {call_id}\r\n".encode()
        found = next(data for data in self.got if data.startswith(start) and name in data)
        line = next(line for line in found.split(b"\r\n") if line.startswith(b"To:"))
        return line.partition(b";tag=")[2].decode()

    def call(self, call_id: str) -> bool:
        """Whether a call is answered, and ended."""
        self.send(self.request(call_id, "INVITE"))
        if not self.wait(lambda: 200 in self.statuses(call_id, "INVITE")):
            return False
        tag = self.to_tag(call_id, 200)
        self.send(self.request(call_id, "ACK", branch="2", cseq="1 ACK", to_tag=tag))
        self.send(self.request(call_id, "BYE", branch="3", cseq="2 BYE", to_tag=tag))
        return self.wait(lambda: self.statuses(call_id, "BYE") == [200])
