"""The proxy's side of SEAS: who connects, which two sockets belong together, pings.

Sans-I/O, for any number of application servers. Connections are numbered by whoever owns the
sockets, who tells `accepted`, `receive_data`, `closed`, does what `commands` says and reads
`next_event`. What actions do to transactions is not known here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from seastool.errors import DecodeError, EncodeError, LocalProtocolError
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.connection.action_reader import ActionReader, Cut, ReadFault
from seastool.seas.connection.commands import NEED_DATA
from seastool.seas.connection.openser_events import (
    CloseConnection,
    Command,
    Gone,
    Happening,
    Paired,
    Peer,
    PingPlan,
    Received,
    Told,
    WriteTo,
    Wrong,
)
from seastool.seas.connection.pings import Pings
from seastool.seas.dialect import Dialect
from seastool.seas.evidence import action_layout
from seastool.seas.frames import AcResFail, Event, JainPong
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import ListeningSocket, SocketInfo
from seastool.seas.types import ActionType, Direction, Layout, Socket

MAX_HALF_OPEN: Final = 5
MAX_PEERS: Final = 5
MOST_PEERS: Final = 1000  # a real one has room for 5; more are told, and taken up to here
MAX_IGNORED: Final = 100  # connections that are left open without an answer
MAX_EARLY: Final = 1 << 16  # bytes behind a name, before the other socket is there
_PONG: Final = int(ActionType.JAIN_PONG)
_REPLIES: Final = frozenset({int(ActionType.REPLY_PROV), int(ActionType.REPLY_FIN)})
_TEXT_AT: Final = {Layout.A: 17, Layout.B: 18}  # where the SIP text of a reply begins
SAME_ROUND: Final = 0.005  # seconds in which two things reach the real listener's poll together


@dataclass(slots=True)
class _HalfOpen:
    """A connection that is not paired yet."""

    socket: Socket
    data: bytearray = field(default_factory=bytearray)
    name: bytes | None = None
    pieces: int = 0


class OpenserListener:
    """The two listening ports of a proxy.

    info: the proxy's SIP sockets. dialect: for sizes and, with `fix_layout`, the layout of actions;
    else each peer's actions tell it. names: those the routing script knows; None for any.
    faults: what the real proxy's reading gets wrong, as far as wanted. pings: None sends none.
    """

    def __init__(
        self,
        info: Sequence[ListeningSocket],
        dialect: Dialect,
        *,
        fix_layout: bool = False,
        names: Collection[bytes] | None = None,
        faults: frozenset[ReadFault] = frozenset(),
        pings: PingPlan | None = None,
    ) -> None:
        self.info = SocketInfo(sockets=list(info))
        self.dialect = dialect
        self.peers: dict[bytes, Peer] = {}
        self._names = None if names is None else frozenset(names)
        self._layout = dialect.layout if fix_layout else None
        self._faults = faults
        self._half_open: dict[int, _HalfOpen] = {}
        self._ignored: deque[int] = deque()
        self._last_opening: float | None = None
        self._spins = False
        self._owners: dict[int, tuple[Peer, Socket]] = {}
        self._events: deque[Happening] = deque()
        self._commands: list[Command] = []
        self._pings = Pings(pings, self._events.append)

    # What happens.

    def accepted(self, connection: int, socket: Socket, now: float) -> None:
        """A connection on one of the two ports."""
        if self._opening(now):
            self._leave_open(connection)
            return
        waiting = sum(1 for half in self._half_open.values() if half.socket is socket)
        if waiting >= MAX_HALF_OPEN:
            told = f"{waiting + 1} {socket} sockets without a partner: a proxy has room for 5"
            self._events.append(Wrong("half-open", told))
            self._commands.append(CloseConnection(connection))
            return
        self._half_open[connection] = _HalfOpen(socket)

    def receive_data(self, connection: int, data: bytes, now: float) -> None:
        """Bytes of an application server, as one read gave them."""
        if (owner := self._owners.get(connection)) is not None:
            self._actions(*owner, data, now)
        elif (half := self._half_open.get(connection)) is not None and not self._opening(now):
            half.data += data
            half.pieces += 1
            if half.name is None:
                self._read_name(connection, half, now)
            if half.name is not None and len(half.data) > MAX_EARLY:
                told = f"{len(half.data)} bytes behind a name before the other socket is there"
                self._close_half(connection, "early-actions", told)

    def closed(self, connection: int, reason: str, now: float) -> None:
        """The peer has closed or reset a connection. Closing one socket ends both."""
        half = self._half_open.get(connection)
        if half is not None and (half.name or ReadFault.HALF_OPEN_SLOTS not in self._faults):
            del self._half_open[connection]
        if (owner := self._owners.pop(connection, None)) is not None:
            peer, socket = owner
            self._forget(peer)
            self._events.append(Gone(peer, f"{socket} socket: {reason}"))

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before something else happens."""
        return self._pings.get_timer(self.peers.values())

    def handle_timer(self, now: float) -> None:
        """Send the pings that are due, and count those that were lost."""
        for peer in self._pings.due(list(self.peers.values()), now):
            self.ping(peer, now)

    # What the owner wants.

    def ping(self, peer: Peer, now: float) -> None:
        """Send a ping."""
        self.send(peer, self._pings.new(peer, now))

    def send(self, peer: Peer, frame: Event | AcResFail) -> bytes:
        """Send an event or a failure; returns its bytes. Raises: LocalProtocolError if the peer
        is gone, EncodeError."""
        data = encode_frame(frame)
        self.send_bytes(peer, Socket.ACTION if isinstance(frame, AcResFail) else Socket.EVENT, data)
        return data

    def send_bytes(self, peer: Peer, socket: Socket, data: bytes) -> None:
        """Send one frame, right or wrong. Raises: LocalProtocolError if the peer is gone."""
        if self.peers.get(peer.name) is not peer:
            raise LocalProtocolError(f"application server {peer} is not connected")
        self._commands.append(WriteTo(peer.connections[socket], socket, UnitKind.FRAME, data))

    def drop(self, peer: Peer, reason: str, *, reset: bool = False) -> None:
        """Cut an application server off."""
        if self.peers.get(peer.name) is not peer:
            return
        self._forget(peer, reset=reset)
        self._events.append(Gone(peer, reason))

    def close(self) -> None:
        """Cut everybody off."""
        for peer in list(self.peers.values()):
            self.drop(peer, "closed")
        self._commands += [
            CloseConnection(connection) for connection in (*self._half_open, *self._ignored)
        ]
        self._half_open.clear()
        self._ignored.clear()

    def commands(self) -> list[Command]:
        """What to do, in this order; each is told once."""
        commands, self._commands = self._commands, []
        return commands

    def next_event(self) -> Told:
        """What has happened, or NEED_DATA."""
        return self._events.popleft() if self._events else NEED_DATA

    # Names and pairs.

    def _opening(self, now: float) -> bool:
        """Note that something reaches the listener itself; whether it takes nothing any more."""
        last, self._last_opening = self._last_opening, now
        races = last is not None and now - last < SAME_ROUND
        if races and not self._spins and ReadFault.SPINNING_RACE in self._faults:
            self._spins = True
            told = "two connections or names in one moment: the listener spins from now on"
            self._events.append(Wrong("race", told))
        return self._spins

    def _read_name(self, connection: int, half: _HalfOpen, now: float) -> None:
        data = half.data
        whole = bool(data) and len(data) > data[0]
        if not whole and data and ReadFault.NAME_IN_ONE_PIECE in self._faults and len(data) > 1:
            data[0] = len(data) - 1  # what it has read is the name
            whole = True
        if data and not 1 <= data[0] <= self.dialect.max_name:
            told = (
                f"a name of {data[0]} bytes: {self.dialect.name} takes 1 to {self.dialect.max_name}"
            )
            self._ignore(connection, "name-length", told)
        elif whole:
            if half.pieces > 1:
                told = "the name came in more than one piece: a real proxy reads the first alone"
                self._events.append(Wrong("name-in-pieces", told))
            half.name = bytes(data[1 : 1 + data[0]])
            del data[: 1 + len(half.name)]
            self._named(connection, half, now)

    def _named(self, connection: int, half: _HalfOpen, now: float) -> None:
        assert half.name is not None
        shown = half.name.decode("utf-8", "backslashreplace")
        if self._names is not None and half.name not in self._names:
            self._ignore(
                connection, "unknown-name", f"{shown!r} is not a name that the script knows"
            )
        elif half.name in self.peers:
            self._ignore(connection, "name-taken", f"{shown!r} is connected already: ignored")
        elif len(self.peers) >= MOST_PEERS:
            self._ignore(connection, "too-many", f"{shown!r} is one too many: ignored")
        else:
            self._pair(connection, half, now)

    def _ignore(self, connection: int, rule: str, message: str) -> None:
        """As the real one does: the socket stays open and nothing is said on it."""
        self._half_open.pop(connection, None)
        self._events.append(Wrong(rule, message))
        self._leave_open(connection)

    def _leave_open(self, connection: int) -> None:
        """Such connections are without end, room for them is not."""
        self._ignored.append(connection)
        if len(self._ignored) > MAX_IGNORED:
            self._commands.append(CloseConnection(self._ignored.popleft()))

    def _close_half(self, connection: int, rule: str, message: str) -> None:
        if self._half_open.pop(connection, None) is not None:
            self._events.append(Wrong(rule, message))
            self._commands.append(CloseConnection(connection))

    def _pair(self, connection: int, half: _HalfOpen, now: float) -> None:
        fits = [
            (number, other)
            for number, other in self._half_open.items()
            if other.name == half.name and other.socket is not half.socket
        ]
        if not fits:
            return
        other, partner = fits[0]
        if len(self.peers) >= MAX_PEERS:
            told = f"application server {len(self.peers) + 1}: a proxy has room for {MAX_PEERS}"
            self._events.append(Wrong("too-many", told))
        assert half.name is not None
        sides = {half.socket: connection, partner.socket: other}
        peer = Peer(
            name=half.name,
            connections=sides,
            readers={socket: ActionReader(socket, self._faults) for socket in sides},
            layout=self._layout,
            next_ping=self._pings.first(now),
        )
        self.peers[peer.name] = peer
        for socket, number in sides.items():
            self._owners[number] = peer, socket
        data = self.info.encode()
        self._commands.append(
            WriteTo(sides[Socket.EVENT], Socket.EVENT, UnitKind.SOCKET_INFO, data)
        )
        self._events.append(Paired(peer))
        for number, waiting in ((connection, half), (other, partner)):
            del self._half_open[number]
            if waiting.data:
                self._actions(peer, waiting.socket, bytes(waiting.data), now)

    def _forget(self, peer: Peer, *, reset: bool = False) -> None:
        for connection in peer.connections.values():
            if self._owners.pop(connection, None) is not None:
                self._commands.append(CloseConnection(connection, reset))
        self.peers.pop(peer.name, None)

    # Actions.

    def _actions(self, peer: Peer, socket: Socket, data: bytes, now: float) -> None:
        reader = peer.readers[socket]
        reader.receive_data(data)
        while (found := reader.next_event()) is not None:
            if isinstance(found, Cut):
                self._action(peer, socket, found.data, now)
                continue
            self._events.append(Wrong(found.rule, found.message, peer))
            if found.closes:
                self.drop(peer, "cut off after an action that a proxy does not survive")
                return

    def _action(self, peer: Peer, socket: Socket, data: bytes, now: float) -> None:
        layout = self._layout or self._layout_of(peer, socket, data)
        try:
            frame = decode_frame(data, socket, Direction.TO_OPENSER, layout)
        except (DecodeError, EncodeError) as error:
            self._events.append(Wrong("undecodable", f"an action does not decode: {error}", peer))
            return
        if isinstance(frame, JainPong):
            self._pings.answered(peer, frame, now)
        self._events.append(Received(peer, socket, frame, data))

    def _layout_of(self, peer: Peer, socket: Socket, data: bytes) -> Layout:
        """How an action is laid out. An application server may find out late what the proxy
        reads: a pong, which comes before any event has shown it, speaks for itself alone, and a
        reply shows it anew."""
        layout = peer.layout
        if socket is Socket.ACTION and data[4] == _PONG:
            return action_layout(data, socket) or layout or self.dialect.layout
        is_reply = socket is Socket.ACTION and data[4] in _REPLIES
        if layout is None or (is_reply and not data.startswith(b"SIP/2.0 ", _TEXT_AT[layout])):
            layout = peer.layout = action_layout(data, socket) or layout
        return layout or self.dialect.layout
