"""A capture, gathered for diagnosis: SIP messages, frames by proxy, connections.

Bounded: what does not fit the limits is counted in `Trace.dropped`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from seastool.capture.decoded import Decoded
from seastool.capture.detections import DetectedProxy, Detections, sip_sockets
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Gap
from seastool.interop.doctor.connections import Connection, Connections
from seastool.interop.doctor.sip_message import SipMessage, read_sip
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Event
from seastool.seas.framing import UnitKind
from seastool.seas.server_header import server_of
from seastool.seas.types import Direction, Socket

MAX_FRAMES: Final = 300_000
MAX_SIP: Final = 300_000
MAX_GAPS: Final = 10_000
MAX_PROXIES: Final = 64

Place = tuple[bytes, int]


@dataclass(slots=True, eq=False)
class Frame:
    """One unit of a SEAS connection. sip: the message in it, if there is one."""

    decoded: Decoded
    captured: CapturedFrame
    sip: SipMessage | None

    @property
    def packet(self) -> int:
        """Wireshark's number."""
        return self.captured.packet

    @property
    def time_ns(self) -> int:
        """When it was complete."""
        return self.captured.time_ns

    @property
    def name(self) -> str:
        """T_REQ_IN and so on."""
        return self.decoded.type_name

    @property
    def is_whole_frame(self) -> bool:
        """Whether it is a frame, neither a name nor socket info."""
        return self.captured.kind is UnitKind.FRAME

    @property
    def is_action(self) -> bool:
        """Whether the application server sent it."""
        return self.captured.direction is Direction.TO_OPENSER

    @property
    def is_on_event_socket(self) -> bool:
        """Whether it passed on the event socket."""
        return self.captured.socket is not Socket.ACTION


class Proxy:
    """One proxy and its application servers.

    frames: all of them, in order. events: whose port. sockets: where it takes SIP, as far as socket
    info and events tell. given: the dialect that the user names.
    """

    def __init__(self, detected: DetectedProxy, event: Place, given: Dialect | None) -> None:
        self.detected = detected
        self.event = event
        self.frames: list[Frame] = []
        self.sockets: set[Place] = set()
        self.server_line = b""
        self._given = given
        self._detector = Detector()
        self._seen = False

    @property
    def action(self) -> Place:
        """The port of its action socket."""
        return self.event[0], self.event[1] + 1

    @property
    def dialect(self) -> Dialect:
        """The one named; else that of its Server header; else the one its events fit; as long as
        these fit several layouts, the one that the application server writes for."""
        named = self._given or server_of(self.server_line)
        if named is not None:
            return named
        return self._detector.dialect if self._is_told else self.detected.dialect

    @property
    def is_known(self) -> bool:
        """Whether more than a guess stands behind the dialect."""
        return bool(self._given or server_of(self.server_line) or self._is_told)

    @property
    def _is_told(self) -> bool:
        return self._seen and self._detector.layout_known

    def take(self, frame: Frame) -> None:
        """One of its frames."""
        self.frames.append(frame)
        unit = frame.decoded.unit
        self.sockets.update(sip_sockets(unit))
        if isinstance(unit, Event) and (payload := getattr(unit, "payload", b"")):
            self._seen = True
            if self._given is None:
                self._detector.observe_event(payload)


@dataclass(slots=True)
class Trace:
    """All of a capture. dropped: what did not fit, by what it is."""

    sip: list[SipMessage] = field(default_factory=list)
    proxies: list[Proxy] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    ports: frozenset[int] = frozenset()
    start_ns: int = 0
    end_ns: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    def proxy_at(self, place: Place) -> Proxy | None:
        """The proxy that takes SIP there; if only one is there, one of whose sockets nothing is
        known may be it."""
        for proxy in self.proxies:
            if place in proxy.sockets:
                return proxy
        alone = self.proxies[0] if len(self.proxies) == 1 else None
        return alone if alone is not None and not alone.sockets else None


def place_of(address: Address) -> Place:
    """Address and port as a key."""
    return address.packed, address.port


def gather(
    records: Iterable[Decoded],
    connections: Connections | None = None,
    *,
    dialect: Dialect | None = None,
    ports: Iterable[int] = (),
) -> Trace:
    """Read all records of a capture. connections: of the same capture, so that what failed before
    the first frame shows. ports: event ports that are SEAS. dialect: of every proxy."""
    gathering = _Gathering(Trace(ports=frozenset(ports)), dialect)
    for decoded in records:
        gathering.take(decoded)
    trace = gathering.trace
    if connections is not None:
        trace.connections = connections.all
        trace.end_ns = max(trace.end_ns, connections.end_ns)
        if connections.dropped:
            trace.dropped["TCP connections"] += connections.dropped
    gathering.finish()
    return trace


class _Gathering:
    def __init__(self, trace: Trace, dialect: Dialect | None) -> None:
        self.trace = trace
        self._dialect = dialect
        self._detections = Detections()
        self._proxies: dict[str, Proxy] = {}
        self._frames = 0

    def take(self, decoded: Decoded) -> None:
        trace, captured = self.trace, decoded.captured
        trace.start_ns = min(trace.start_ns or captured.time_ns, captured.time_ns)
        trace.end_ns = max(trace.end_ns, captured.time_ns)
        if isinstance(captured, CapturedSip):
            self._take_sip(captured)
        elif isinstance(captured, Gap):
            if len(trace.gaps) < MAX_GAPS:
                trace.gaps.append(captured)
            else:
                trace.dropped["gaps"] += 1
        elif self._frames >= MAX_FRAMES:
            trace.dropped["frames"] += 1
        else:
            self._frames += 1
            self._take_frame(decoded, captured)

    def _take_sip(self, captured: CapturedSip) -> None:
        if len(self.trace.sip) >= MAX_SIP:
            self.trace.dropped["SIP messages"] += 1
            return
        message = read_sip(captured.data, captured)
        if message is None:
            self.trace.dropped["SIP messages that could not be read"] += 1
            return
        self.trace.sip.append(message)

    def _take_frame(self, decoded: Decoded, captured: CapturedFrame) -> None:
        detected = self._detections.proxy_of(captured)
        proxy = self._proxies.get(detected.address)
        if proxy is None:
            if len(self._proxies) >= MAX_PROXIES:
                self.trace.dropped["frames of further proxies"] += 1
                return
            to_openser = captured.direction is Direction.TO_OPENSER
            end = captured.destination if to_openser else captured.source
            event = end.packed, end.port - (captured.socket is Socket.ACTION)
            proxy = self._proxies[detected.address] = Proxy(detected, event, self._dialect)
            self.trace.proxies.append(proxy)
        unit = decoded.unit
        text = decoded.message.text if decoded.message is not None else getattr(unit, "text", b"")
        proxy.take(Frame(decoded, captured, read_sip(text) if text else None))

    def finish(self) -> None:
        """What only all of it tells: the proxies' own words about what they are, and the end."""
        trace = self.trace
        for one in trace.proxies:  # behind a gap, one socket may come later than the other
            one.frames.sort(key=lambda frame: frame.packet)
        for connection in trace.connections:
            trace.start_ns = min(
                trace.start_ns or connection.first.time_ns, connection.first.time_ns
            )
        for message in trace.sip:
            if message.captured is None or not message.server:
                continue
            proxy = trace.proxy_at(place_of(message.captured.source))
            if proxy is None or (message.is_request and not proxy.sockets):
                continue
            if server_of(message.server) is not None:
                proxy.server_line = proxy.server_line or message.server
