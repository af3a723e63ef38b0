"""The proxies of a capture, and which dialect each speaks.

A proxy may be stopped and another started on its address. So a new event connection to a known
address is looked at on its own too: as long as what is seen there fits what was known, it is the
same server, and what was known holds from its first frame on; where it does not, it is another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from seastool.capture.records import CapturedFrame, CapturedSip, Record, host_port_text
from seastool.errors import SeasError
from seastool.seas.codec import decode_frame, event_payload
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Received
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import SocketInfo
from seastool.seas.server_header import server_named_in
from seastool.seas.types import Direction, Socket

LOOK_AHEAD: Final = 64  # frames of a proxy that are looked at before its first is decoded
MAX_KNOWN: Final = 4096  # connections, names and SIP sockets, kept in mind
MAX_PROXIES: Final = 256  # each may keep samples of its frames

Place = tuple[bytes, int]


class DetectedProxy:
    """A proxy of the capture and what was told from its frames.

    place, address: its event socket, raw and as `host:port` (for an action socket alone, the port
        before).
    detector: what is known of it. settled: whether nothing more is to be learnt.
    before: who was at that address, as long as this may be the same one. after: who may be
        another. joined: whether this is the one before, once that is sure.
    """

    __slots__ = (
        "_own",
        "address",
        "after",
        "before",
        "detector",
        "frames",
        "joined",
        "place",
        "settled",
        "sockets",
    )

    def __init__(self, address: str, place: Place, before: DetectedProxy | None = None) -> None:
        self.address = address
        self.place = place
        self.before = before
        self.after: DetectedProxy | None = None
        self._own = Detector()
        self.detector: Detector = self._own if before is None else before.detector
        self.frames = 0
        self.joined = False
        self.settled = False
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

    @property
    def is_named(self) -> bool:
        """Whether it has said what it is."""
        return self._own.is_named

    @property
    def ready(self) -> bool:
        """Whether enough was seen of it to decode its frames."""
        if self.before is not None and self.detector is not self._own:
            return self.before.ready
        return self._own.settled or self.frames >= LOOK_AHEAD

    def hurry(self) -> None:
        """Take what is known so far for enough."""
        self.frames = max(self.frames, LOOK_AHEAD)
        if self.before is not None:
            self.before.hurry()

    def observe(self, frame: CapturedFrame) -> None:
        """Look at one of its frames, or one sent to it."""
        self.frames += 1
        detector = self._own
        if frame.kind is UnitKind.FRAME:
            socket = frame.socket or Socket.EVENT
            if frame.direction is Direction.TO_OPENSER:
                detector.observe_action(frame.data, socket)
            elif socket is Socket.EVENT:
                detector.observe_event(event_payload(frame.data))
        self.settled = detector.settled
        if (before := self._same()) is not None:
            before.observe(frame)

    def observe_server(self, dialect: Dialect) -> None:
        """Take note of what it calls itself in a Server header."""
        self._own.observe_server(dialect)
        if (before := self._same()) is not None:
            before.observe_server(dialect)

    def look_again(self, payload: bytes) -> None:
        """Look at a message that it would not have sent if it spoke its `dialect`."""
        self._own.look_again(payload)
        if self.before is not None:
            self.before.detector.look_again(payload)
        self._same()

    def is_another(self) -> bool:
        """Whether it is not the one before, by all that was seen."""
        if self.before is not None and not self._own.gives(self.before.dialect):
            self._own.hold_against_bytes()
        return self._same() is None

    def _same(self) -> DetectedProxy | None:
        """The one before, if this may still be the same; sets whose detector counts."""
        before = self.before
        if before is None:
            return None
        if self._own.agrees(before.detector):
            self.detector = before.detector
            return before
        self.detector = self._own
        before.hurry()
        return None


class Detections:
    """The proxies of a capture. Both sockets of one, and all its application servers, share a
    detector."""

    def __init__(self) -> None:
        self._by_port: dict[Place, DetectedProxy] = {}
        self._by_name: dict[tuple[bytes, str], DetectedProxy] = {}
        self._by_connection: dict[int, DetectedProxy] = {}
        self._all: list[DetectedProxy] = []
        self._sip_sockets: dict[Place, Place] = {}  # -> the proxy's event socket
        self._named: dict[Place, Dialect] = {}  # what is said at SIP sockets not known as a proxy's
        self._asking = True  # whether some proxy has not said yet what it is

    @property
    def proxies(self) -> list[DetectedProxy]:
        """Those there are, in the order met; an address twice if another server came there."""
        return [proxy for proxy in self._all if proxy.is_another()]

    def observe(self, record: Record) -> DetectedProxy | None:
        """Look at a record; returns the proxy whose frame it is."""
        if isinstance(record, CapturedFrame):
            proxy = self._by_connection.get(record.connection)
            if proxy is None or proxy.joined or proxy.after is not None:
                proxy = self.proxy_of(record)
            if not proxy.settled:
                proxy.observe(record)
                self._learn_sip_sockets(record, proxy)
                self._asking = self._asking or not proxy.is_named
            return proxy
        if self._asking and isinstance(record, CapturedSip):
            self._observe_sip(record)
        return None

    def proxy_of(self, frame: CapturedFrame) -> DetectedProxy:
        """The proxy that sent the frame, or that it was sent to."""
        proxy = self._by_connection.get(frame.connection)
        if proxy is None:
            return self._meet(frame)
        if proxy.joined and proxy.before is not None:
            proxy = self._by_connection[frame.connection] = proxy.before
        if proxy.after is not None and frame.direction is Direction.TO_AS:
            self._decide(proxy.after)  # it is still there: the two are one, if they can be
        return proxy

    def _meet(self, frame: CapturedFrame) -> DetectedProxy:
        """The proxy of a connection seen for the first time: by ports P and P+1, else by the
        name that two connections of one address have in common."""
        if len(self._by_connection) >= MAX_KNOWN:
            self._by_connection.clear()
        side = frame.destination if frame.direction is Direction.TO_OPENSER else frame.source
        place = side.packed, side.port - (frame.socket is Socket.ACTION)
        proxy = _current(self._by_port.get(place))
        if proxy is None and frame.as_name:
            proxy = _current(self._by_name.get((side.packed, frame.as_name)))
            if proxy is not None and frame.socket in proxy.sockets:
                proxy = None  # another proxy of the same host, with an AS of the same name
        if proxy is None:
            proxy = self._add(DetectedProxy(host_port_text(side.host, place[1]), place))
        elif frame.socket is Socket.EVENT and Socket.EVENT in proxy.sockets:
            proxy = self._again(proxy)
        if frame.as_name:
            if len(self._by_name) >= MAX_KNOWN:
                self._by_name.clear()
            self._by_name[side.packed, frame.as_name] = proxy
        proxy.sockets.add(frame.socket)
        self._by_connection[frame.connection] = proxy
        return proxy

    def _add(self, proxy: DetectedProxy) -> DetectedProxy:
        if len(self._all) >= MAX_PROXIES:
            self._all.clear()
            self._by_port.clear()
            self._by_name.clear()
            self._by_connection.clear()
            self._sip_sockets.clear()
        self._all.append(proxy)
        self._asking = True
        self._by_port[proxy.place] = proxy
        return proxy

    def _again(self, proxy: DetectedProxy) -> DetectedProxy:
        """Whoever is behind one more event connection to a proxy's address."""
        if proxy.before is not None:
            self._decide(proxy)
            proxy = proxy.before or proxy
        proxy.after = DetectedProxy(proxy.address, proxy.place, proxy)
        return self._add(proxy.after)

    def _decide(self, proxy: DetectedProxy) -> None:
        """Whether it is the one before, for good."""
        before = proxy.before
        if before is None:
            return
        before.after = None
        if proxy.is_another():
            proxy.before = None
            return
        proxy.joined = True
        before.sockets |= proxy.sockets
        self._by_port[before.place] = before
        if proxy in self._all:
            self._all.remove(proxy)
        self._ask()

    def _learn_sip_sockets(self, frame: CapturedFrame, proxy: DetectedProxy) -> None:
        """Remember where the proxy takes SIP, and what was said from there before."""
        for place in _sip_sockets_in(frame):
            if place not in self._sip_sockets and len(self._sip_sockets) < MAX_KNOWN:
                self._sip_sockets[place] = proxy.place
                if place in self._named:
                    proxy.observe_server(self._named.pop(place))
                    self._ask()

    def _ask(self) -> None:
        self._asking = not all(proxy.is_named for proxy in self._all)

    def _observe_sip(self, sip: CapturedSip) -> None:
        """Look at what the sender calls itself, if it is a proxy, or may turn out to be one."""
        place = sip.source.packed, sip.source.port
        event = self._sip_sockets.get(place)
        proxy = _current(self._by_port.get(event)) if event else None
        if place in self._named or (proxy is not None and proxy.is_named):
            return
        dialect = server_named_in(sip.data)
        if dialect is None:
            return
        if proxy is not None:
            proxy.observe_server(dialect)
            self._ask()
        elif len(self._named) < MAX_KNOWN:
            self._named[place] = dialect


def _current(proxy: DetectedProxy | None) -> DetectedProxy | None:
    return proxy.before if proxy is not None and proxy.joined else proxy


def sip_sockets(unit: object) -> Iterator[Place]:
    """Where a proxy takes SIP, as far as one of its units tells."""
    if isinstance(unit, SocketInfo):
        from ipaddress import ip_address

        for socket in unit.sockets:
            try:
                text = socket.address.decode("ascii", "replace").strip("[]")
                yield ip_address(text).packed, socket.port
            except ValueError:
                continue
    elif isinstance(unit, Received) and unit.destination_address:
        yield unit.destination_address, unit.destination_port


def _sip_sockets_in(frame: CapturedFrame) -> Iterator[Place]:
    try:
        if frame.kind is UnitKind.SOCKET_INFO:
            yield from sip_sockets(SocketInfo.decode(frame.data))
        elif frame.kind is UnitKind.FRAME and frame.direction is not Direction.TO_OPENSER:
            socket = frame.socket or Socket.EVENT
            yield from sip_sockets(decode_frame(frame.data, socket, Direction.TO_AS))
    except SeasError:
        return
