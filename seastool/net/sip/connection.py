"""One TCP connection for SIP: cut into messages, writes joined by turn, all of it bounded."""

from __future__ import annotations

import asyncio
import socket as sockets
import time
from collections import deque
from typing import Any, Final, Protocol, cast

from seastool.capture.live import Traffic
from seastool.capture.records import Address
from seastool.net.link import reason_of
from seastool.net.sip.limits import Limits
from seastool.net.sip.receiver import Receiver, Reports
from seastool.net.sip.source import packed
from seastool.sip.framing import SipMessage, SipSplitter
from seastool.sip.hop import TCP, Hop

WRITE: Final = 64 << 10  # bytes given to the system at once
PING: Final = 4  # CRLFCRLF, and PONG is the answer: RFC 5626 section 3.5.1
PONG: Final = b"\r\n"


class ConnectionOwner(Protocol):
    """Who connections belong to."""

    receiver: Receiver
    reports: Reports
    traffic: Traffic | None
    limits: Limits
    held: int  # bytes that all connections hold: half messages, and what waits to be sent

    def made(self, connection: Connection) -> bool:
        """It is there, its `hop` known; False to refuse it."""

    def gone(self, connection: Connection) -> None:
        """It is there no more."""


class Connection(asyncio.Protocol):
    """A connection, made or being made. `number` is unique in the process.

    hop: the way of its messages; of one that was accepted, there once it is made. local_port is
    that of our listening socket, even where we have connected.
    """

    def __init__(self, owner: ConnectionOwner, number: int, hop: Hop | None = None) -> None:
        self.number = number
        self.hop = hop
        self.closing = False
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._splitter = SipSplitter()
        self._out: deque[bytes] = deque()
        self._queued = 0  # bytes in _out
        self._half = 0  # bytes of a message that is not whole
        self._flushing = False
        self._writable = False
        self._told: set[bool] = set()  # directions that traffic knows of: True is sent
        self._crlf = 0  # bytes of keep-alive since the last message
        self._has_received = False
        self._deaf = False  # nothing that comes is read any more
        self._active = self._loop.time()
        self._half_since = 0.0  # when the message at hand began; 0 if there is none
        self._stalled_since = 0.0

    # From the transport.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)
        remote = transport.get_extra_info("peername")
        if remote is None or self.closing:
            self.end("connection reset before it was taken")
            self._transport.abort()
            return
        raw = transport.get_extra_info("socket")
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_KEEPALIVE, 1)
        self._active = self._loop.time()
        local = transport.get_extra_info("sockname")
        if self.hop is None:
            self.hop = Hop(
                TCP, packed(local[0]), local[1], packed(remote[0]), remote[1], self.number
            )
        if not self._owner.made(self):
            self.closing = True
            self._transport.abort()
            return
        self._tell_opened(local, remote)
        self._writable = True
        self._write()

    def _tell_opened(self, local: Any, remote: Any) -> None:
        if self._owner.traffic is None:
            return
        self._told = {True, False}
        self._owner.traffic.opened(
            self.number,
            Address(packed(local[0]), local[1]),
            Address(packed(remote[0]), remote[1]),
            openser_is_local=True,
            socket=None,
            time_ns=time.time_ns(),
        )

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self.closing or self._deaf:
            return
        self._active = self._loop.time()
        if self._told and self._owner.traffic is not None:
            self._owner.traffic.data(self.number, data, sent=False, time_ns=time.time_ns())
        splitter = self._splitter
        idle = splitter.keep_alive_bytes
        splitter.receive_data(data)
        count = self._take_messages()
        if self.closing:
            return
        if splitter.lost:
            self._break_off()
            return
        self._hold(splitter.buffered, count)
        if self.closing:
            return
        self._crlf = splitter.keep_alive_bytes - idle + (0 if count else self._crlf)
        if self._crlf >= PING:
            self._crlf = 0
            self._owner.reports.counts["keep-alives"] += 1
            self.send(PONG)

    def _hold(self, size: int, count: int) -> None:
        """So much is there of the next message, after `count` whole ones."""
        if count or not size:
            self._half_since = 0.0
        if size and not self._half_since:
            self._half_since = self._active
        self._owner.held += size - self._half
        self._half = size
        if self._owner.held > self._owner.limits.held:
            self._refuse("half a message, and too much of all peers waits already")

    def _take_messages(self) -> int:
        receiver, splitter, hop = self._owner.receiver, self._splitter, self.hop
        assert hop is not None
        count = 0
        while not self.closing:
            event = splitter.next_event()
            if not isinstance(event, SipMessage):
                break
            count += 1
            self._has_received = True
            receiver.sip_received(event.data, hop)
        self._owner.reports.counts["messages received over TCP"] += count
        return count

    def _break_off(self) -> None:
        """What came is no SIP, and nobody knows where SIP would begin again. It is answered as far
        as it can be, and so is what came before."""
        assert self._transport is not None
        splitter, hop = self._splitter, self.hop
        if not (self._has_received or splitter.lost_head):
            self._refuse(splitter.lost)
            return
        self._owner.reports.wrong(f"connection closed: {splitter.lost}", hop)
        self._deaf = True
        self._transport.pause_reading()
        if splitter.lost_head and hop is not None:
            self._owner.receiver.sip_received(splitter.lost_head, hop)
        self._loop.call_later(self._owner.limits.last_answers, self.close)

    def _refuse(self, what: str) -> None:
        """Close it for that."""
        self._owner.reports.wrong(f"connection closed: {what}", self.hop)
        self.close()

    def pause_writing(self) -> None:
        """The peer does not read: nothing more is written, and nothing read that it would want
        answered."""
        self._writable = False
        self._stalled_since = self._loop.time()
        if self._transport is not None and not self.closing:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The peer reads again."""
        self._writable = True
        self._stalled_since = 0.0
        if self._transport is not None and not (self.closing or self._deaf):
            self._transport.resume_reading()
        self._write()

    def eof_received(self) -> bool:
        """The peer writes no more: that is the end, after what it may still read."""
        self._tell_closed(sent=False, reset=False)
        if not self.closing:
            if self._splitter.buffered:
                self._owner.reports.wrong("connection ended within a message", self.hop)
            self._write()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        reset = isinstance(error, ConnectionResetError | BrokenPipeError)
        if not self.closing:
            self._tell_closed(sent=False, reset=reset)
            if not reset:
                self._tell_closed(sent=True, reset=False)
        self._transport = None
        self.end("connection closed by the peer" if error is None else reason_of(error))

    # From the owner.

    @property
    def is_made(self) -> bool:
        """Whether it is there, rather than being made."""
        return self._transport is not None

    def send(self, data: bytes) -> None:
        """Send a message; what is sent in one turn of the loop goes out together."""
        limits, size = self._owner.limits, len(data)
        if self._out and self._queued + size > limits.unsent:
            reason = "the peer reads too slowly" if self.is_made else "waits for its connection"
            self._fail(data, f"{reason}: the queue is full")
            return
        if self._owner.held + size > limits.held:
            self._fail(data, "too much waits for all peers")
            return
        self._out.append(data)
        self._queued += size
        self._owner.held += size
        if self._writable and not self._flushing:
            self._flushing = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flushing = False
        self._write()

    def _write(self) -> None:
        """Give the system what waits, as long as it takes it: what it has not been given can be
        told message by message when the connection breaks."""
        while self._out and self._writable and self._transport is not None:
            if self._transport.is_closing():
                return
            data = self._next_piece()
            self._active = self._loop.time()
            self._transport.write(data)
            if self._told and self._owner.traffic is not None:
                now = time.time_ns()
                self._owner.traffic.data(self.number, data, sent=True, time_ns=now)

    def _next_piece(self) -> bytes:
        piece = [self._out.popleft()]
        size = len(piece[0])
        while self._out and size + len(self._out[0]) <= WRITE:
            piece.append(self._out.popleft())
            size += len(piece[-1])
        self._queued -= size
        self._owner.held -= size
        self._owner.reports.counts["messages sent over TCP"] += len(piece)
        return piece[0] if len(piece) == 1 else b"".join(piece)

    def check(self, now: float) -> None:
        """Close it if it has had its time."""
        limits = self._owner.limits
        if self.closing or not self.is_made:
            return
        if self._half_since and now - self._half_since >= limits.half_message:
            self._refuse("half a message, and no more of it")
        elif self._stalled_since and now - self._stalled_since >= limits.stalled:
            self._owner.reports.wrong("connection closed: the peer reads nothing", self.hop)
            self.close(reset=True)
        elif now - self._active >= limits.idle and not self._out:
            self._owner.reports.counts["idle connections closed"] += 1
            self.close()

    def close(self, *, reset: bool = False) -> None:
        """Close it, after what was written unless `reset`."""
        if self.closing:
            return
        if not reset:
            self._write()
        self._tell_closed(sent=True, reset=reset)
        if self._transport is not None:
            if reset:
                self._transport.abort()
            else:
                self._transport.close()
                self._linger()
        self.end("connection closed")

    def _linger(self) -> None:
        """Give up what the peer does not read in time."""
        if self._transport is not None and self._transport.get_write_buffer_size():
            self._loop.call_later(self._owner.limits.connect, self._transport.abort)

    def end(self, reason: str) -> None:
        """It is over: what still waits has failed."""
        if self.closing:
            return
        self.closing = True
        self._owner.gone(self)
        self._owner.held -= self._queued + self._half
        self._queued = self._half = 0
        while self._out:
            self._fail(self._out.popleft(), reason)

    def _fail(self, data: bytes, reason: str) -> None:
        if self.hop is not None and data is not PONG:
            self._owner.reports.failed(data, self.hop, reason)

    def _tell_closed(self, *, sent: bool, reset: bool) -> None:
        if sent in self._told and self._owner.traffic is not None:
            self._told -= {True, False} if reset else {sent}
            now = time.time_ns()
            self._owner.traffic.closed(self.number, sent=sent, reset=reset, time_ns=now)
