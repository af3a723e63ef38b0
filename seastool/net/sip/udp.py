"""A UDP socket for SIP, read in turns that take many datagrams each.

Asyncio's own datagram transports read one a turn, into a new 256 KiB each.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket as sockets
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from typing import Any, Final

from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.net.sip.limits import Limits
from seastool.net.sip.receiver import Receiver, Reports
from seastool.net.sip.source import SourceOf, packed
from seastool.sip.hop import UDP, Hop

A_TURN: Final = 64  # datagrams, before others have their turn
LARGEST: Final = 65_535
BUFFER: Final = 16 << 20  # of the system; it gives what it lets us have
MAX_HOPS: Final = 16_384  # remotes that are kept
# A message begins with a letter; keep-alives (RFC 5626 section 3.5.1, and NULs) and STUN do not.
_PRINTABLE: Final = b"!"
_KEEP_ALIVE: Final = b"\r\n\0\t "
_LINE_ENDS: Final = b"\r\n"
# Linux: not all of them are in Python's socket module.
_RCVBUFFORCE, _SNDBUFFORCE = 33, 32
_RECVERR: Final = {
    sockets.AF_INET: (sockets.IPPROTO_IP, 11),
    sockets.AF_INET6: (sockets.IPPROTO_IPV6, 25),
}
# Origin (ICMP, ICMPv6) and type of what RFC 3261 section 18.4 wants told: unreachable, parameter
# problem. Time exceeded is none of them; a packet that is too big is cut the next time.
_FAILURES: Final = {(2, 3), (2, 12), (3, 1), (3, 4)}
_EXTENDED_ERROR: Final = struct.Struct("=IBB")
_ERROR_ROOM: Final = 512


class UdpSocket:
    """One socket; `raw` is bound. To be made while a loop runs; `open` begins to read."""

    def __init__(
        self,
        raw: sockets.socket,
        receiver: Receiver,
        reports: Reports,
        traffic: Traffic | None,
        limits: Limits,
    ) -> None:
        self.received = self.sent = 0
        self._raw = raw
        self._receiver = receiver
        self._reports = reports
        self._traffic = traffic
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._sendto = raw.sendto
        self.host, self.port = raw.getsockname()[:2]
        self._source = SourceOf(raw)
        self._hops: dict[Any, Hop] = {}
        self._waiting: deque[tuple[bytes, Hop]] = deque()

    def open(self) -> None:
        """Begin to read."""
        raw = self._raw
        raw.setblocking(False)
        for usual in (sockets.SO_RCVBUF, sockets.SO_SNDBUF):
            _set(raw, sockets.SOL_SOCKET, usual, BUFFER)
        if sys.platform == "linux":
            for forced in (_RCVBUFFORCE, _SNDBUFFORCE):  # only a privileged process may
                _set(raw, sockets.SOL_SOCKET, forced, BUFFER)
            _set(raw, *_RECVERR[sockets.AddressFamily(raw.family)], 1)
        self._loop.add_reader(raw, self._drain)

    def close(self) -> None:
        """Read and send no more."""
        if self._raw.fileno() < 0:
            return
        self._loop.remove_reader(self._raw)
        self._loop.remove_writer(self._raw)
        self._raw.close()
        while self._waiting:
            self._reports.failed(*self._waiting.popleft(), "closed")

    def hop_to(self, address: bytes, port: int) -> Hop:
        """The way to a remote."""
        return Hop(UDP, self._source.of(address), self.port, address, port)

    # Receiving.

    def _drain(self) -> None:
        recvfrom, hops, received = self._raw.recvfrom, self._hops, self._receiver.sip_received
        traffic = self._traffic
        count = 0
        try:
            for _ in range(A_TURN):
                try:
                    data, sockaddr = recvfrom(LARGEST)
                except BlockingIOError:
                    if not count:
                        self._read_errors()
                    return
                except OSError:
                    self._read_errors()
                    continue
                count += 1
                hop = hops.get(sockaddr) or self._hop_of(sockaddr)
                if traffic is not None:
                    self._tell(data, hop, sent=False)
                if data < _PRINTABLE:
                    self._oddity(data, hop)
                else:
                    received(data, hop)
        finally:
            self.received += count

    def _hop_of(self, sockaddr: Any) -> Hop:
        """A way to where a datagram has come from, kept for the next one."""
        if len(self._hops) >= MAX_HOPS:
            self._hops.clear()
        hop = self._hops[sockaddr] = self.hop_to(packed(sockaddr[0]), sockaddr[1])
        hop.sockaddr = sockaddr  # a link-local one has its scope
        return hop

    def _oddity(self, data: bytes, hop: Hop) -> None:
        """What does not begin as a message does."""
        if not data.strip(_KEEP_ALIVE):
            self._reports.counts["keep-alives"] += 1
            return
        message = data.lstrip(_LINE_ENDS)
        if message < _PRINTABLE:
            self._reports.wrong("datagram that is not SIP", hop)
        else:
            self._receiver.sip_received(message, hop)

    # Sending.

    def send(self, data: bytes, hop: Hop) -> None:
        """Send a datagram, at once if the system takes it."""
        if self._waiting:
            self._wait(data, hop)
            return
        try:
            self._sendto(data, hop.sockaddr)
        except BlockingIOError:
            self._wait(data, hop)
            return
        except (OSError, OverflowError):
            if not self._send_again(data, hop):
                return
        self.sent += 1
        if self._traffic is not None:
            self._tell(data, hop, sent=True)

    def _send_again(self, data: bytes, hop: Hop) -> bool:
        """An error may be of a datagram before: then it is told of that one, and this one goes."""
        self._read_errors()
        try:
            self._sendto(data, hop.sockaddr)
        except BlockingIOError:
            self._wait(data, hop)
        except OSError as error:
            number = error.errno if isinstance(error.errno, int) else 0
            if number <= 0 or isinstance(error, sockets.gaierror):
                number = errno.EAFNOSUPPORT
            self._reports.failed(data, hop, _words(number))
        except OverflowError:
            self._reports.failed(data, hop, "no such port")
        else:
            return True
        return False

    def _wait(self, data: bytes, hop: Hop) -> None:
        if len(self._waiting) >= self._limits.waiting:
            self._reports.failed(data, hop, "the system's send buffer is full")
            return
        if not self._waiting:
            self._loop.add_writer(self._raw, self._send_waiting)
        self._waiting.append((data, hop))

    def _send_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        while waiting and not self._waiting:
            self.send(*waiting.popleft())
        # What the system did not take is first, what has not been tried is behind it.
        self._waiting.extend(waiting)
        if not self._waiting:
            self._loop.remove_writer(self._raw)

    def _read_errors(self) -> None:
        """What the network says of datagrams that were sent: RFC 1122 section 4.1.3.3."""
        if sys.platform != "linux":
            return
        for _ in range(A_TURN):
            try:
                data, notes, _, sockaddr = self._raw.recvmsg(
                    LARGEST, _ERROR_ROOM, sockets.MSG_ERRQUEUE
                )
            except OSError:
                return
            number = failure_of(notes)
            if number and sockaddr:
                hop = self._hops.get(sockaddr) or self._hop_of(sockaddr)
                self._reports.failed(data, hop, _words(number))
            else:
                self._reports.counts["errors of the network passed over"] += 1

    def _tell(self, data: bytes, hop: Hop, *, sent: bool) -> None:
        assert self._traffic is not None
        self._traffic.datagram(
            Address(hop.local_address, hop.local_port),
            Address(hop.remote_address, hop.remote_port),
            data,
            sent=sent,
            time_ns=time.time_ns(),
        )


def _set(raw: sockets.socket, level: int, option: int, value: int) -> None:
    """Set an option if the system lets us: each is good to have, none is needed."""
    with suppress(OSError):
        raw.setsockopt(level, option, value)


def failure_of(notes: list[tuple[int, int, bytes]]) -> int:
    """The errno of an error that the network told and that a datagram was lost by; 0 if it is
    none. notes: ancillary data of the error queue, ip(7)."""
    for level, kind, note in notes:
        if (level, kind) in _RECVERR.values() and len(note) >= _EXTENDED_ERROR.size:
            number, origin, icmp = _EXTENDED_ERROR.unpack_from(note)
            if (origin, icmp) in _FAILURES and number != errno.EMSGSIZE:
                return int(number)
    return 0


def _words(number: int) -> str:
    text = os.strerror(number)
    return text[:1].lower() + text[1:]
