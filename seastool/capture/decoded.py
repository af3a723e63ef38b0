"""Captured units with what they decode to, each decoded when asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from seastool.capture.detections import DetectedProxy, Detections
from seastool.capture.records import CapturedFrame, CapturedSip, Gap, Record
from seastool.errors import SeasError
from seastool.seas.codec import TYPE_OFFSET, decode_frame, type_name
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Frame
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.message import Message
from seastool.seas.types import Direction, Socket

Unit = Frame | Name | SocketInfo

MAX_HELD: Final = 4096  # records held back meanwhile, of all proxies
MAX_HELD_BYTES: Final = 1 << 20


class Decoded:
    """One record of a capture and its decoding.

    proxy: whose frame it is, if its dialect was told from the frames. unit and message are decoded
    at the first access; where that fails they are None and `error` says why. Nothing here raises.
    """

    __slots__ = ("_error", "_message", "_unit", "captured", "dialect", "done", "proxy")

    def __init__(
        self, captured: Record, dialect: Dialect, proxy: DetectedProxy | None = None
    ) -> None:
        self.captured = captured
        self.dialect = dialect
        self.proxy = proxy
        self.done = False
        self._unit: Unit | None = None
        self._message: Message | None = None
        self._error: SeasError | None = None

    def _decode(self) -> None:
        self.done = True
        if not isinstance(self.captured, CapturedFrame):
            return
        try:
            self._unit = self._decode_unit(self.captured)
            payload = getattr(self._unit, "payload", b"")
            if payload and self.captured.direction is Direction.TO_AS:
                self._message = Message(payload, self.dialect)
        except SeasError as error:
            self._error = error

    def _decode_unit(self, captured: CapturedFrame) -> Unit:
        if captured.kind is UnitKind.NAME:
            return Name.decode(captured.data)
        if captured.kind is UnitKind.SOCKET_INFO:
            return SocketInfo.decode(captured.data)
        return decode_frame(captured.data, *_side(captured), self.dialect.layout)

    def look_again(self) -> bool:
        """Ask anew in which dialect the proxy speaks that sent such a message; returns whether it
        is another one than before, in which the record is decoded from now on."""
        if self.proxy is None or self.message is None:
            return False
        self.proxy.look_again(self.message.payload)
        before, self.dialect = self.dialect, self.proxy.detector.dialect
        if self.dialect == before:
            return False
        self._unit = self._message = self._error = None
        self.done = False
        return True

    @property
    def unit(self) -> Unit | None:
        """The frame, name or socket info; None for SIP and gaps, and where it does not decode."""
        if not self.done:
            self._decode()
        return self._unit

    @property
    def message(self) -> Message | None:
        """The encoded message of an event; None if it has none or it does not open."""
        if not self.done:
            self._decode()
        return self._message

    @property
    def error(self) -> SeasError | None:
        """Why the unit or its message did not decode."""
        if not self.done:
            self._decode()
        return self._error

    @property
    def type_name(self) -> str:
        """T_REQ_IN and so on; name, socket info, SIP, gap for what is not a frame."""
        captured = self.captured
        if isinstance(captured, CapturedSip):
            return "SIP"
        if isinstance(captured, Gap):
            return "gap"
        if captured.kind is not UnitKind.FRAME:
            return captured.kind.value
        if len(captured.data) <= TYPE_OFFSET:
            return "cut frame"
        return type_name(captured.data[TYPE_OFFSET], *_side(captured))


def _side(captured: CapturedFrame) -> tuple[Socket, Direction]:
    """Whose frame it is; an event where the capture leaves it open."""
    return captured.socket or Socket.EVENT, captured.direction or Direction.TO_AS


def decode_records(
    records: Iterable[Record],
    dialect: Dialect | None = None,
    *,
    live: bool = False,
    detections: Detections | None = None,
) -> Iterator[Decoded]:
    """Each record with its decoding, in order.

    dialect: that of every proxy; None to tell each proxy's from its frames. Then the first
        frames of a proxy are held back until enough is known of it, within the bounds above.
    live: hold nothing back; an action tells its layout by its own bytes.
    detections: filled with what was told of each proxy.
    """
    if dialect is not None:
        return (Decoded(record, dialect) for record in records)
    found = Detections() if detections is None else detections
    return _detecting_live(records, found) if live else _detecting(records, found)


def _detecting_live(records: Iterable[Record], found: Detections) -> Iterator[Decoded]:
    plain = Detector().dialect
    for record in records:
        proxy = found.observe(record)
        yield Decoded(record, proxy.detector.dialect, proxy) if proxy else Decoded(record, plain)


def _detecting(records: Iterable[Record], found: Detections) -> Iterator[Decoded]:
    held = _Held()
    plain = Detector().dialect
    for record in records:
        proxy = found.observe(record)
        if not held.records:
            if proxy is None:
                yield Decoded(record, plain)
                continue
            if proxy.settled or proxy.ready:
                yield Decoded(record, proxy.detector.dialect, proxy)
                continue
        held.add(record, proxy)
        yield from held.release(plain)
    yield from held.release(plain, everything=True)


class _Held:
    """Records that wait until the dialect of the first one's proxy is known."""

    def __init__(self) -> None:
        self.records: deque[tuple[Record, DetectedProxy | None]] = deque()
        self._bytes = 0

    def add(self, record: Record, proxy: DetectedProxy | None) -> None:
        self.records.append((record, proxy))
        self._bytes += _size(record)

    def release(self, plain: Dialect, everything: bool = False) -> Iterator[Decoded]:
        """What need not wait any longer: one pass of the queue's front."""
        full = len(self.records) > MAX_HELD or self._bytes > MAX_HELD_BYTES
        if full and (proxy := self.records[0][1]) is not None:
            proxy.hurry()
        while self.records:
            record, proxy = self.records[0]
            if proxy is not None and not (proxy.ready or everything):
                return
            self.records.popleft()
            self._bytes -= _size(record)
            yield Decoded(record, plain if proxy is None else proxy.detector.dialect, proxy)


def _size(record: Record) -> int:
    return 0 if isinstance(record, Gap) else len(record.data)
