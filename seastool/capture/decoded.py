"""Captured units with what they decode to, each decoded when asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

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

LOOK_AHEAD: Final = 64  # frames of a proxy that are looked at before its first is decoded
MAX_HELD: Final = 4096  # records held back meanwhile, of all proxies
MAX_HELD_BYTES: Final = 1 << 20
MAX_KNOWN: Final = 4096  # connections, and names, kept in mind
MAX_PROXIES: Final = 256  # each may keep samples of its frames


class Decoded:
    """One record of a capture and its decoding.

    unit and message are decoded at the first access; where that fails they are None and `error`
    says why. Nothing here raises.
    """

    __slots__ = ("_error", "_message", "_unit", "captured", "dialect", "done")

    def __init__(self, captured: Record, dialect: Dialect) -> None:
        self.captured = captured
        self.dialect = dialect
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


class DetectedProxy:
    """A proxy of the capture and what was told from its frames.

    address: its event socket, `host:port` (for an action socket alone, the port before).
    """

    __slots__ = ("address", "detector", "frames", "ready", "sockets")

    def __init__(self, address: str) -> None:
        self.address = address
        self.detector = Detector()
        self.frames = 0
        self.ready = False
        self.sockets: set[Socket | None] = set()

    @property
    def dialect(self) -> Dialect:
        """The likeliest dialect."""
        return self.detector.dialect

    @property
    def reasons(self) -> list[str]:
        """Why, in sentences."""
        return self.detector.reasons

    @property
    def certain(self) -> bool:
        """Whether only this dialect, or others that encode alike, fit."""
        return self.detector.certain

    def observe(self, frame: CapturedFrame) -> None:
        """Look at one of its frames, or one sent to it."""
        self.frames += 1
        detector = self.detector
        if frame.kind is UnitKind.FRAME:
            socket = frame.socket or Socket.EVENT
            if frame.direction is Direction.TO_OPENSER:
                detector.observe_action(frame.data, socket)
            elif socket is Socket.EVENT:
                detector.observe_event(_payload(frame.data))
        self.ready = self.ready or detector.settled or self.frames >= LOOK_AHEAD


def _payload(data: bytes) -> bytes:
    try:
        frame = decode_frame(data, Socket.EVENT, Direction.TO_AS)
    except SeasError:
        return b""
    payload: bytes = getattr(frame, "payload", b"")
    return payload


class Detections:
    """The proxies of a capture. Both sockets of one, and all its application servers, share a
    detector."""

    def __init__(self) -> None:
        self._by_port: dict[tuple[bytes, int], DetectedProxy] = {}
        self._by_name: dict[tuple[bytes, str], DetectedProxy] = {}
        self._by_connection: dict[int, DetectedProxy] = {}
        self.proxies: list[DetectedProxy] = []

    def proxy_of(self, frame: CapturedFrame) -> DetectedProxy:
        """The proxy that sent the frame, or that it was sent to."""
        proxy = self._by_connection.get(frame.connection)
        return proxy or self._meet(frame)

    def _meet(self, frame: CapturedFrame) -> DetectedProxy:
        """The proxy of a connection seen for the first time: by ports P and P+1, else by the
        name that two connections of one address have in common."""
        if len(self._by_connection) >= MAX_KNOWN:
            self._by_connection.clear()
        side = frame.destination if frame.direction is Direction.TO_OPENSER else frame.source
        port = side.port - (frame.socket is Socket.ACTION)
        key = side.packed, port
        proxy = self._by_port.get(key)
        if proxy is None and frame.as_name:
            proxy = self._by_name.get((side.packed, frame.as_name))
            if proxy is not None and frame.socket in proxy.sockets:
                proxy = None  # another proxy of the same host, with an AS of the same name
        if proxy is None:
            proxy = self._new(
                f"{side.host}:{port}" if len(side.packed) == 4 else f"[{side.host}]:{port}"
            )
            self._by_port[key] = proxy
        if frame.as_name:
            if len(self._by_name) >= MAX_KNOWN:
                self._by_name.clear()
            self._by_name[side.packed, frame.as_name] = proxy
        proxy.sockets.add(frame.socket)
        self._by_connection[frame.connection] = proxy
        return proxy

    def _new(self, address: str) -> DetectedProxy:
        if len(self.proxies) >= MAX_PROXIES:
            self.proxies.clear()
            for known in (self._by_port, self._by_name, self._by_connection):
                known.clear()
        proxy = DetectedProxy(address)
        self.proxies.append(proxy)
        return proxy


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
        if isinstance(record, CapturedFrame):
            proxy = found.proxy_of(record)
            if not proxy.detector.settled:
                proxy.observe(record)
            yield Decoded(record, proxy.detector.dialect)
        else:
            yield Decoded(record, plain)


def _detecting(records: Iterable[Record], found: Detections) -> Iterator[Decoded]:
    held = _Held()
    plain = Detector().dialect
    for record in records:
        proxy = None
        if isinstance(record, CapturedFrame):
            proxy = found.proxy_of(record)
            if not proxy.detector.settled:
                proxy.observe(record)
            if proxy.ready and not held.records:
                yield Decoded(record, proxy.detector.dialect)
                continue
        elif not held.records:
            yield Decoded(record, plain)
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
            proxy.ready = True
        while self.records:
            record, proxy = self.records[0]
            if proxy is not None and not (proxy.ready or everything):
                return
            self.records.popleft()
            self._bytes -= _size(record)
            yield Decoded(record, plain if proxy is None else proxy.detector.dialect)


def _size(record: Record) -> int:
    return 0 if isinstance(record, Gap) else len(record.data)
