"""One of the two connections that a tap joins."""

from __future__ import annotations

import asyncio
import socket as sockets
from ipaddress import ip_address
from typing import Protocol, cast

from seastool.capture.records import Address
from seastool.net.link import NO_LINGER
from seastool.seas.types import Direction


class EndOwner(Protocol):
    """Who joins them. direction: of what comes in on the end that tells."""

    def made(self, direction: Direction) -> None:
        """The connection is there; nothing is read yet."""

    def received(self, direction: Direction, data: bytes) -> None:
        """Bytes have come."""

    def over(self, direction: Direction) -> None:
        """The peer writes no more, but may still read."""

    def lost(self, direction: Direction, error: Exception | None) -> None:
        """The connection was reset, or broke."""

    def regulate(self) -> None:
        """The peer has begun to read too slowly, or has caught up."""


class End(asyncio.Protocol):
    """A connection, be it accepted or our own. is_full: its peer reads too slowly. is_over: its
    peer writes no more."""

    def __init__(self, owner: EndOwner, direction: Direction) -> None:
        self.is_full = False
        self.is_over = False
        self._owner = owner
        self._direction = direction
        self._transport: asyncio.Transport | None = None
        self._is_held = True

    # From the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there; nothing is read before the other one is."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.pause_reading()
        self._owner.made(self._direction)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._owner.received(self._direction, data)

    def eof_received(self) -> bool:
        """The peer writes no more; it may still read."""
        self.is_over = True
        self._owner.over(self._direction)
        return True

    def pause_writing(self) -> None:
        """The peer reads too slowly."""
        self.is_full = True
        self._owner.regulate()

    def resume_writing(self) -> None:
        """It has caught up."""
        self.is_full = False
        self._owner.regulate()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        if self._transport is not None:
            self._transport = None
            self._owner.lost(self._direction, error)

    # From the owner.

    @property
    def can_write(self) -> bool:
        """Whether there is still somebody to write to."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def unsent(self) -> int:
        """Bytes that wait to be sent."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def address(self, key: str) -> Address | None:
        """Our own, ``sockname``, or the other's, ``peername``; None if it was gone at once."""
        found = self._transport.get_extra_info(key) if self._transport is not None else None
        if not found:
            return None
        return Address(ip_address(found[0].partition("%")[0]).packed, found[1])

    def write(self, data: bytes) -> None:
        """Send at once, or as soon as the peer takes it."""
        if self._transport is not None:
            self._transport.write(data)

    def half_close(self) -> None:
        """Write no more, after what was written."""
        if self._transport is not None:
            self._transport.write_eof()

    def hold(self, wanted: bool) -> None:
        """Read no more for now, or read on."""
        if self._transport is None or self._transport.is_closing():
            return
        if self.is_over or wanted is self._is_held:  # behind an end it would be read once more
            return
        self._is_held = wanted
        if wanted:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self, *, reset: bool) -> None:
        """Close it, after what was written unless `reset`; the owner is not told."""
        transport, self._transport = self._transport, None
        if transport is None:
            return
        if not reset:
            transport.close()
            return
        raw = transport.get_extra_info("socket")
        if raw is not None and raw.fileno() >= 0:
            raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, NO_LINGER)
        transport.abort()
