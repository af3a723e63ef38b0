"""One TCP connection of an endpoint: writes joined by turn, and all told to a `Traffic`.

The machines in `seas/connection` decide; a link only moves bytes.
"""

from __future__ import annotations

import asyncio
import os
import socket as sockets
import struct
import time
from ipaddress import ip_address
from typing import Final, Protocol, cast

from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.seas.types import Socket

MAX_UNSENT: Final = 64 << 20  # bytes that a peer may leave unread before it is given up
FLUSH_AT: Final = 16 << 10  # bytes that do not wait for the end of the turn: the peer may begin
LINGER_SECONDS: Final = 2.0  # that a closed connection may take to send what was written
NO_SUCH_HOST: Final = "no such host name"
UNKNOWN_HOST: Final = (sockets.EAI_NONAME, getattr(sockets, "EAI_NODATA", sockets.EAI_NONAME))
NO_LINGER: Final = struct.pack("ii", 1, 0)


class LinkOwner(Protocol):
    """Who a link belongs to."""

    def link_up(self, link: Link) -> None:
        """The connection is made."""

    def link_data(self, link: Link, data: bytes) -> None:
        """Bytes have come."""

    def link_down(self, link: Link, reason: str) -> None:
        """The peer has closed or reset it, or it broke."""


class Link(asyncio.Protocol):
    """A connection. `number` is unique in the process that owns it."""

    def __init__(
        self,
        owner: LinkOwner,
        number: int,
        socket: Socket,
        traffic: Traffic | None,
        *,
        openser_is_local: bool,
    ) -> None:
        self.number = number
        self.socket = socket
        self.closing = False
        self._owner = owner
        self._traffic = traffic
        self._openser_is_local = openser_is_local
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._out: list[bytes] = []
        self._queued = 0
        self._flushing = False
        self._told_end = False

    # From the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        if transport.get_extra_info("peername") is None:
            self.closing = True
            self._transport.abort()
            self._owner.link_down(self, "reset before it was taken")
            return
        if self._traffic is not None:
            local, remote = (self._address(key) for key in ("sockname", "peername"))
            self._traffic.opened(
                self.number,
                local,
                remote,
                openser_is_local=self._openser_is_local,
                socket=self.socket,
                time_ns=time.time_ns(),
            )
        self._owner.link_up(self)

    def _address(self, key: str) -> Address:
        assert self._transport is not None
        host, port = self._transport.get_extra_info(key)[:2]
        return Address(ip_address(host.partition("%")[0]).packed, port)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self.closing:
            return
        if self._traffic is not None:
            self._traffic.data(self.number, data, sent=False, time_ns=time.time_ns())
        self._owner.link_data(self, data)

    def eof_received(self) -> bool:
        """The peer writes no more: for SEAS that is the end of the connection.

        What it has not read yet it may still read, for a while; but nobody waits for that.
        """
        if self.unsent and not self.closing:
            self._write_queued()
            self._linger()
            self._ended(None)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        if not self.closing:
            self._ended(error)

    def _ended(self, error: Exception | None) -> None:
        reset = isinstance(error, ConnectionResetError | BrokenPipeError)
        self._told_closed(sent=False, reset=reset)
        if not reset:
            self._told_closed(sent=True, reset=False)
        self.closing = True
        self._owner.link_down(self, reason_of(error))

    def _linger(self) -> None:
        """Give up what the peer does not read in time."""
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._loop.call_later(LINGER_SECONDS, self._transport.abort)

    # From the owner.

    def queue(self, data: bytes) -> None:
        """Send data; what is queued in one turn of the loop goes out together, if it is little."""
        if self.closing:
            return
        self._out.append(data)
        self._queued += len(data)
        if self._queued >= FLUSH_AT:
            self._write_queued()
        if not self._flushing:
            self._flushing = True
            self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what is queued."""
        self._flushing = False
        self._write_queued()
        self._check_unsent()

    def send(self, data: bytes, comment: str = "") -> None:
        """Send data by itself, behind what is queued."""
        self.flush()
        if self._transport is None or self.closing:
            return
        self._write(data, comment)
        self._check_unsent()

    def _write_queued(self) -> None:
        """Write what is queued; the owner, who may be in the middle of something, hears nothing."""
        self._queued = 0
        if not self._out or self._transport is None or self.closing:
            return
        data = self._out[0] if len(self._out) == 1 else b"".join(self._out)
        self._out.clear()
        self._write(data)

    def _write(self, data: bytes, comment: str = "") -> None:
        assert self._transport is not None
        if self._told_end or self._transport.is_closing():
            return
        self._transport.write(data)
        if self._traffic is not None:
            now = time.time_ns()
            self._traffic.data(self.number, data, sent=True, time_ns=now, comment=comment)

    def _check_unsent(self) -> None:
        if self._transport is None or self.closing:
            return
        if self._transport.get_write_buffer_size() > MAX_UNSENT:
            self.break_off(f"the peer has left {MAX_UNSENT >> 20} MiB unread")

    def half_close(self) -> None:
        """Write no more; the peer may."""
        self.flush()
        if self._transport is not None and not self.closing and self._transport.can_write_eof():
            self._transport.write_eof()
            self._told_closed(sent=True, reset=False)

    def break_off(self, reason: str) -> None:
        """Reset the connection, and tell the owner as if the peer had."""
        if not self.closing:
            self.close(reset=True)
            self._owner.link_down(self, reason)

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""
        waiting = sum(map(len, self._out))
        return waiting + (self._transport.get_write_buffer_size() if self._transport else 0)

    def close(self, *, reset: bool = False) -> None:
        """Close it, after what was written unless `reset`; the owner is not told."""
        if self.closing:
            return
        if not reset:
            self.flush()
        self._told_closed(sent=True, reset=reset)
        self.closing = True
        if self._transport is None:
            return
        if reset:
            raw = self._transport.get_extra_info("socket")
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, NO_LINGER)
            self._transport.abort()
        else:
            self._transport.close()
            self._linger()

    def _told_closed(self, *, sent: bool, reset: bool) -> None:
        if sent and self._told_end:
            return
        self._told_end = self._told_end or sent
        if self._traffic is not None and self._transport is not None:
            self._traffic.closed(self.number, sent=sent, reset=reset, time_ns=time.time_ns())


def reason_of(error: Exception | None) -> str:
    """Why a connection failed or ended, in a few words."""
    if error is None:
        return "closed by the peer"
    if isinstance(error, sockets.gaierror):  # its numbers are not those of `os.strerror`
        unknown = error.errno in UNKNOWN_HOST
        return NO_SUCH_HOST if unknown else f"the name cannot be looked up: {error.strerror}"
    number = getattr(error, "errno", None)
    text = os.strerror(number) if number else str(error) or type(error).__name__
    return text[:1].lower() + text[1:]
