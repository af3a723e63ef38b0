"""A trace with what its rules look up: who is connected and bound when, what belongs together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from seastool.errors import SeasError
from seastool.interop.doctor.connections import NEVER, Connection
from seastool.interop.doctor.coverage import Coverage, coverage_of
from seastool.interop.doctor.following import Following, Told
from seastool.interop.doctor.pairs import Pair, find_pairs
from seastool.interop.doctor.sip_message import SipMessage
from seastool.interop.doctor.symptom import Symptom
from seastool.interop.doctor.trace import Frame, Place, Proxy, Trace, place_of
from seastool.seas.codec import decode_frame
from seastool.seas.evidence import action_layout
from seastool.seas.frames import Bind, Reply, SlReqIn, TReqIn, UacReq, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Layout, Socket

SECOND: Final = 1_000_000_000
Key = tuple[bytes, bytes, bytes]
_LAST_PROCESSOR: Final = 127
_LATE_TO_SHOW: Final = 60 * SECOND


class Case:
    """Everything that rules ask of a trace, worked out once.

    sip: messages by Call-ID, CSeq number and method; by_call: by Call-ID and method. events: of
    requests, by the first. replies: by hash index and label. misread: ids of frames in the
    layout that the proxy does not read. told: what the proxy's model says. informed: who got
    socket info. answering: ends of TCP connections whose server's packets the capture has.
    own_calls: Call-IDs of UAC_REQs. pairs, coverage: by proxy, its application servers, and
    which parts of its SEAS the capture has. wrong_frames, failed_ids: ids of frames, and uac
    ids, of which the model has told something. mended: by proxy, causes that its script sees
    to.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._holes = [gap.time_ns for gap in trace.gaps if gap.missing]
        self.sip: dict[Key, list[SipMessage]] = defaultdict(list)
        for message in trace.sip:
            self.sip[message.key].append(message)
        self.by_call: dict[tuple[bytes, bytes], list[SipMessage]] = defaultdict(list)
        for message in trace.sip:
            self.by_call[message.call_id, message.method].append(message)
        self.replies: dict[tuple[int, int], list[Frame]] = defaultdict(list)
        self.mended: dict[int, set[str]] = {}
        self.answering = {
            (place_of(one.client), place_of(one.server))
            for one in trace.connections
            if one.by_server
        }
        self._connections: dict[int, list[Connection]] = {}
        self._pairings: dict[int, int | None] = {}
        self._binds: dict[int, list[Frame]] = {}
        self.events: dict[Key, list[Frame]] = defaultdict(list)
        self.misread: set[int] = set()
        self.coverage: dict[int, Coverage] = {}
        self.following: dict[int, Following] = {}
        self.told: list[Told] = []
        self.pairs: dict[int, list[Pair]] = {}
        self._by_ends: dict[tuple[Place, Place], list[Pair]] = defaultdict(list)
        self.informed: set[Place] = set()
        self.own_calls: set[bytes] = set()
        for proxy in trace.proxies:
            self._add(proxy)
        self.wrong_frames = {id(told.frame) for told in self.told}
        self.failed_ids = {
            told.mistake.uac_id for told in self.told if told.mistake.severity == "error"
        }

    def _add(self, proxy: Proxy) -> None:
        for frame in proxy.frames:
            if isinstance(frame.decoded.unit, TReqIn | SlReqIn) and frame.sip is not None:
                self.events[frame.sip.key].append(frame)
            elif isinstance(unit := frame.decoded.unit, Reply):
                self.replies[unit.hash_index, unit.label].append(frame)
            elif isinstance(unit, UacReq) and frame.sip is not None:
                self.own_calls.add(frame.sip.call_id)
            elif frame.captured.kind is UnitKind.SOCKET_INFO:
                self.informed.add(place_of(frame.captured.destination))
            if frame.is_action and is_misread(frame, proxy):
                self.misread.add(id(frame))
        self._binds[id(proxy)] = [
            frame
            for frame in proxy.frames
            if frame.is_action and frame.is_on_event_socket and frame.is_whole_frame
        ]
        connections = self.connections_of(proxy)
        self.coverage[id(proxy)] = coverage_of(proxy, connections)
        self.pairs[id(proxy)] = find_pairs(proxy, connections)
        for pair in self.pairs[id(proxy)]:
            for one in pair.sockets:
                self._by_ends[place_of(one.client), place_of(one.server)].append(pair)
        following = self.following[id(proxy)] = Following(proxy)
        self.told += following.run(self.trace.end_ns, frozenset(self.misread))

    @property
    def end_ns(self) -> int:
        """When the capture ends."""
        return self.trace.end_ns

    def is_whole(self, start_ns: int, end_ns: int) -> bool:
        """Whether no byte of SEAS is missing in the capture from then to then: what was not seen
        then was not there. That something is missing shows only when more comes."""
        return not any(start_ns <= hole <= end_ns + _LATE_TO_SHOW for hole in self._holes)

    # SIP.

    def has_sip(self, request: SipMessage) -> bool:
        """Whether the capture has the SIP, too, of a request that an event holds."""
        there = self.sip.get(request.key, ())
        return any(message.is_request and message.branch == request.branch for message in there)

    def is_answered(self, request: SipMessage, status: int, by_ns: int = NEVER) -> bool:
        """Whether a response of that status or above had left by then, whoever wrote it."""
        there = self.sip.get(request.key, ())
        return any(
            message.status >= status
            and message.branch == request.branch
            and time_of(message) <= by_ns
            for message in there
        )

    # Connections.

    def connections_of(self, proxy: Proxy) -> list[Connection]:
        """The connections to its two ports."""
        if id(proxy) not in self._connections:
            self._connections[id(proxy)] = [
                connection
                for connection in self.trace.connections
                if place_of(connection.server) in (proxy.event, proxy.action)
            ]
        return self._connections[id(proxy)]

    def has_opening(self, proxy: Proxy) -> bool:
        """Whether the capture has the beginning of its conversation."""
        return any(frame.captured.kind is UnitKind.NAME for frame in proxy.frames)

    def is_connected(self, proxy: Proxy, time_ns: int) -> bool | None:
        """Whether an application server was paired at that time; None if the capture cannot tell,
        for want of the event socket."""
        if not self.coverage[id(proxy)].events:
            return None
        for connection in self.connections_of(proxy):
            if place_of(connection.server) != proxy.event or not connection.is_open_at(time_ns):
                continue
            if id(connection) not in self._pairings:
                self._pairings[id(connection)] = self._paired_ns(proxy, connection)
            since = self._pairings[id(connection)]
            if since is not None and since <= time_ns:
                return True
        return False

    def _paired_ns(self, proxy: Proxy, connection: Connection) -> int | None:
        """When socket info came on an event connection; 0 if it is older than the capture; its
        start if only what follows socket info is there; None for never."""
        if connection.opened is None:
            return 0
        client = place_of(connection.client)
        heard = False
        for frame in proxy.frames:
            if frame.is_action or place_of(frame.captured.destination) != client:
                continue
            if frame.captured.kind is UnitKind.SOCKET_INFO:
                return frame.time_ns
            heard = True
        return connection.first.time_ns if heard else None

    def left_ns(self, frame: Frame) -> int:
        """When the application server that a frame of the proxy's went to was no longer there;
        `NEVER` if it stayed."""
        ends = place_of(frame.captured.destination), place_of(frame.captured.source)
        there = [p for p in self._by_ends.get(ends, ()) if p.began_ns <= frame.time_ns]
        return there[-1].left_ns if there else NEVER

    def is_unread(self, proxy: Proxy, start_ns: int, end_ns: int) -> bool:
        """Whether an application server wrote something then that the proxy does not get past, so
        that what it did is unknown."""
        return any(c.is_unread_in(start_ns, end_ns) for c in self.connections_of(proxy))

    # Binding.

    def binds(self, proxy: Proxy, time_ns: int) -> list[tuple[Frame, Bind]]:
        """The BINDs that were sent by then, as the proxy reads them."""
        found: list[tuple[Frame, Bind]] = []
        for frame in self._binds[id(proxy)]:
            if frame.time_ns > time_ns:
                break
            unit = read_as(frame, proxy.dialect.layout)
            if isinstance(unit, Bind):
                found.append((frame, unit))
            elif isinstance(unit, Unbind):
                found = [entry for entry in found if entry[1].processor_id != unit.processor_id]
        return found

    def bound(self, proxy: Proxy, address: bytes, time_ns: int) -> bool | None:
        """Whether requests to an address had a processor; None if the capture cannot tell."""
        for _, bind in self.binds(proxy, time_ns):
            if bind.address == address and 1 <= bind.processor_id <= _LAST_PROCESSOR:
                return True
        has_binds = self.coverage[id(proxy)].binds
        is_told = has_binds and self.has_opening(proxy) and self.is_whole(0, time_ns)
        return False if is_told else None


def read_as(frame: Frame, layout: Layout) -> object:
    """A frame of the application server's, as a proxy of that layout reads it; None if it does
    not decode."""
    if not frame.is_whole_frame:
        return None
    socket = frame.captured.socket or Socket.EVENT
    try:
        return decode_frame(frame.captured.data, socket, Direction.TO_OPENSER, layout)
    except SeasError:
        return None


def is_misread(frame: Frame, proxy: Proxy) -> bool:
    """Whether an action's own bytes show another layout than the proxy reads."""
    if not proxy.is_known or not frame.is_whole_frame:
        return False
    shown = action_layout(frame.captured.data, frame.captured.socket or Socket.EVENT)
    return shown is not None and shown is not proxy.dialect.layout


def at_frame(cause: str, frame: Frame, message: str, start: int = 0, length: int = 4) -> Symptom:
    """A symptom that a frame shows, by its bytes start to start + length."""
    return Symptom(
        cause,
        message,
        frame.packet,
        frame.time_ns,
        frame.name,
        start,
        frame.captured.data[start : start + length],
        frame.sip.call_id if frame.sip is not None else b"",
    )


def at_sip(cause: str, message: SipMessage, says: str, start: int = 0, length: int = 0) -> Symptom:
    """A symptom that a SIP message of its own shows; by its first line unless told."""
    captured = message.captured
    length = length or max(message.text.find(b"\n"), 0)
    return Symptom(
        cause,
        says,
        captured.packet if captured is not None else 0,
        captured.time_ns if captured is not None else 0,
        "SIP",
        start,
        message.text[start : start + length],
        message.call_id,
    )


def time_of(message: SipMessage) -> int:
    """When a message was captured."""
    return message.captured.time_ns if message.captured is not None else 0


def source_of(message: SipMessage) -> Place:
    """Where it came from."""
    return place_of(message.captured.source) if message.captured is not None else (b"", 0)


def target_of(message: SipMessage) -> Place:
    """Where it went."""
    return place_of(message.captured.destination) if message.captured is not None else (b"", 0)


def finals(messages: Iterable[SipMessage]) -> list[SipMessage]:
    """The final responses among messages."""
    return [message for message in messages if message.status >= 200]
