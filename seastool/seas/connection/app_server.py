"""The application server's side of SEAS: both connections to one proxy, and who is bound to what.

Sans-I/O. Whoever owns the sockets tells what happens (`start`, `connected`, `disconnected`,
`receive_data`, `handle_timer`), does what `commands` says and reads `next_event`.

The order of opening avoids what makes the real listener spin (docs/protocol.md: Opening): no
connect and no name ever reach it in the same round of its poll.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from seastool.errors import DecodeError, LocalProtocolError, NotConnected
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.connection.app_server_events import Event, Lost, Ready, Received, Remark
from seastool.seas.connection.binds import HIGHEST_PROCESSOR, Binds
from seastool.seas.connection.commands import NEED_DATA, CloseBoth, Command, Open, Write
from seastool.seas.connection.layout_probe import LayoutProbe
from seastool.seas.connection.remarks import Remarks
from seastool.seas.connection.streams import Streams
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Bind, JainPong, Ping, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.types import Direction, Socket


@dataclass(frozen=True, slots=True)
class Timing:
    """Times in seconds.

    pause: between two steps of the opening, and between two BINDs (old proxies take one a read).
    socket_info: how long the proxy may take for it. retry, retry_most: first wait before trying
    again, doubled up to the second. quiet: without an event for so long, a hint is told once.
    """

    pause: float = 0.1
    socket_info: float = 2.0
    retry: float = 0.5
    retry_most: float = 10.0
    quiet: float = 15.0


class State(Enum):
    """How far the opening is."""

    IDLE = auto()
    OPENING = auto()  # the connect of `_socket` is under way
    OPENED = auto()  # it is connected; its name follows after the pause
    NAMED = auto()  # its name is sent
    BINDING = auto()
    READY = auto()
    WAITING = auto()  # before another try
    CLOSED = auto()


class AppServerConnection:
    """Both sockets of one application server.

    name: what the proxy's script relays to. dialect: the proxy's; None to assume current
    Kamailio, send BINDs that both layouts understand, and look at the events.
    chosen: says of a listening socket whether to bind to it. probe: ask the proxy for its
    layout (see `LayoutProbe`). processor_id: of the proxy's first address (see `Binds`).
    """

    def __init__(
        self,
        name: bytes,
        assumed: Dialect,
        *,
        detect: bool = False,
        probe: bool = False,
        processor_id: int = 1,
        chosen: Callable[[ListeningSocket], bool] = lambda _: True,
        timing: Timing | None = None,
    ) -> None:
        if not 1 <= processor_id <= HIGHEST_PROCESSOR:
            raise LocalProtocolError(f"processor id {processor_id}: a proxy knows 1 to 127")
        if not name or len(name) > 255:
            raise LocalProtocolError(f"name of {len(name)} bytes: 1 to {assumed.max_name} can be")
        self.name = name
        self.processor_id = processor_id
        self.state = State.IDLE
        self.pings = 0
        self.remarks = Remarks()
        """What the proxy got wrong, counted by kind."""
        self._probe = LayoutProbe(assumed, detect=detect, probe=probe, processor_id=processor_id)
        self._timing = timing or Timing()
        self._socket = Socket.EVENT
        self._streams = Streams(self._remark)
        self._events: deque[Ready | Received | Lost | Remark] = deque()
        self._commands: list[Command] = []
        self._binds = Binds(processor_id, chosen, self._tell, self._remark)
        self._info: SocketInfo | None = None
        self._timer: float | None = None
        self._quiet_until: float | None = None
        self._retry = self._timing.retry
        self._ready_since: float | None = None

    @property
    def dialect(self) -> Dialect:
        """The proxy's, as far as it is known."""
        return self._probe.dialect

    # What happens.

    def start(self, now: float) -> None:
        """Begin to connect."""
        self._streams.begin()
        self._info = None
        self._open(Socket.EVENT, now)

    def connected(self, socket: Socket, now: float) -> None:
        """The connect asked for has succeeded."""
        if self.state is State.OPENING and socket is self._socket:
            self.state = State.OPENED
            self._timer = now + self._timing.pause

    def disconnected(self, socket: Socket, reason: str, now: float) -> None:
        """A connect has failed, or the peer has closed or reset a connection."""
        if self.state not in (State.IDLE, State.WAITING, State.CLOSED):
            self._fail(f"{socket} socket: {reason}", now)

    def receive_data(self, socket: Socket, data: bytes, now: float) -> None:
        """Bytes from the proxy."""
        if self.state in (State.IDLE, State.WAITING, State.CLOSED):
            return
        for unit in self._streams.receive(socket, data):
            if unit.kind is UnitKind.FRAME:
                self._frame(socket, unit.data, now)
            else:
                self._socket_info(unit.data, now)
                if self._info is None:
                    return  # it has failed

    def _tell(self, text: str) -> None:
        self._events.append(Remark(text))

    def _remark(self, kind: str, text: str, amount: int = 1) -> None:
        if (told := self.remarks.take(kind, text, amount)) is not None:
            self._events.append(Remark(told))

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before something else happens."""
        times = [t for t in (self._timer, self._quiet_until, self._probe.timer) if t is not None]
        return min(times, default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        if self._timer is not None and now >= self._timer:
            self._timer = None
            self._due(now)
        if self._quiet_until is not None and now >= self._quiet_until:
            self._quiet_until = None
            self._events.append(Remark(self._probe.quiet_hint(self._timing.quiet)))
        if self._probe.handle_timer(now):
            self._events.append(Remark(self._probe.unanswered))

    def send(self, action: Action) -> bytes:
        """Send an action; returns its bytes. Raises: NotConnected, EncodeError."""
        if self.state not in (State.BINDING, State.READY):
            raise NotConnected("no proxy is connected, an action cannot be sent")
        socket = Socket.EVENT if isinstance(action, Bind | Unbind) else Socket.ACTION
        data = encode_frame(action, self._probe.layout)
        self._commands.append(Write(socket, UnitKind.FRAME, data))
        return data

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are, right or wrong. Raises: NotConnected."""
        if self.state not in (State.BINDING, State.READY):
            raise NotConnected("no proxy is connected, nothing can be sent")
        self._commands.append(Write(socket, UnitKind.FRAME, data))

    def unbind(self) -> bool:
        """Take back the last binding that is left, before `close`; whether there was one.

        To be called again, a pause later as between BINDs, until there is none.
        """
        if self.state not in (State.BINDING, State.READY):
            return False
        if self.state is State.BINDING:  # what is not bound yet is not bound any more
            self._timer = None
        unbind = self._binds.next_unbind()
        if unbind is not None:
            self._write_on_event_socket(unbind)
        return unbind is not None

    def close(self, now: float) -> None:
        """Leave: take the bindings back, if that is not done yet, and close."""
        while self.unbind():
            pass
        if self.state is not State.CLOSED:
            self._commands.append(CloseBoth())
            self._events.append(Lost("closed", None))
        self._forget_timers()
        self.state = State.CLOSED

    # What it wants and tells.

    def commands(self) -> list[Command]:
        """What to do, in this order; each is told once."""
        commands, self._commands = self._commands, []
        return commands

    def next_event(self) -> Event:
        """What has happened, or NEED_DATA."""
        return self._events.popleft() if self._events else NEED_DATA

    # The opening, step by step.

    def _open(self, socket: Socket, now: float) -> None:
        self._socket = socket
        self.state = State.OPENING
        self._timer = now + self._timing.socket_info
        self._commands.append(Open(socket))

    def _due(self, now: float) -> None:
        if self.state is State.OPENED:
            self._say_name(now)
        elif self.state is State.NAMED and self._socket is Socket.EVENT:
            self._open(Socket.ACTION, now)
        elif self.state is State.NAMED:
            name = self.name.decode("utf-8", "backslashreplace")
            self._fail(
                f"no socket info within {self._timing.socket_info:g} s: is {name!r} the name in "
                f"as_relay_t(), is it connected already, are {self._places()} free?",
                now,
            )
        elif self.state is State.OPENING:
            self._fail(f"{self._socket} socket: no connection within the time", now)
        elif self.state is State.BINDING:
            self._bind_next(now)
        elif self.state is State.WAITING:
            self.start(now)

    def _places(self) -> str:
        return "the proxy's 5 places for half-open sockets"

    def _say_name(self, now: float) -> None:
        self._commands.append(Write(self._socket, UnitKind.NAME, Name(name=self.name).encode()))
        self.state = State.NAMED
        last = self._socket is Socket.ACTION
        self._timer = now + (self._timing.socket_info if last else self._timing.pause)

    def _socket_info(self, data: bytes, now: float) -> None:
        if self.state is not State.NAMED or self._socket is not Socket.ACTION:
            self._fail("socket info came before both sockets were named: is this a proxy?", now)
            return
        try:
            self._info = info = SocketInfo.decode(data)
        except DecodeError as error:
            self._fail(f"socket info does not decode: {error}", now)
            return
        self._binds.plan(info.sockets, self.dialect)
        self.state = State.BINDING
        self._bind_next(now)

    def _bind_next(self, now: float) -> None:
        if (bind := self._binds.next_bind()) is not None:
            self._write_on_event_socket(bind)
            self._timer = now + self._timing.pause
        if not self._binds.is_done:
            return
        self._timer = None
        self.state = State.READY
        self._ready_since = now
        bound = list(self._binds.sockets)
        self._quiet_until = now + self._timing.quiet if bound else None
        assert self._info is not None
        self._events.append(Ready(self._info, bound))
        if (probe := self._probe.begin(now)) is not None:
            self._commands.append(Write(Socket.ACTION, UnitKind.FRAME, probe))

    def _write_on_event_socket(self, action: Bind | Unbind) -> None:
        data = self._probe.encode_binding(action)
        self._commands.append(Write(Socket.EVENT, UnitKind.FRAME, data))

    def _fail(self, reason: str, now: float) -> None:
        self._streams.finish()
        self._commands.append(CloseBoth())
        self._forget_timers()
        self.state = State.WAITING
        since, self._ready_since = self._ready_since, None
        if since is not None and now - since >= self._retry:
            self._retry = self._timing.retry  # it was well for a while
        self._timer = now + self._retry
        self._events.append(Lost(reason, self._retry))
        self._retry = min(2 * self._retry, self._timing.retry_most)

    def _forget_timers(self) -> None:
        self._timer = self._quiet_until = None
        self._binds.forget()
        self._probe.end()

    # Frames.

    def _frame(self, socket: Socket, data: bytes, now: float) -> None:
        if self.state not in (State.BINDING, State.READY):
            self._remark("frames before socket info", "a frame came before socket info: ignored")
            return
        try:
            frame = decode_frame(data, socket, Direction.TO_AS)
        except DecodeError as error:
            wrong = f"a frame of the proxy does not decode: {error}"
            self._remark("frames of the proxy that do not decode", wrong)
            return
        if isinstance(frame, Ping):
            self.pings += 1
            self._pong(frame)
        elif isinstance(frame, AcResFail):
            if (told := self._probe.failure(frame)) is not None:
                self._events.append(Remark(told))
                return
        else:
            self._quiet_until = None
            if (told := self._probe.event(frame)) is not None:
                self._events.append(Remark(told))
        self._events.append(Received(socket, frame, data))

    def _pong(self, ping: Ping) -> None:
        # The real one answers for the processor that the ping is for, which is everybody's.
        pong = JainPong(processor_id=0, sequence=ping.sequence)
        data = encode_frame(pong, self._probe.layout)
        self._commands.append(Write(Socket.ACTION, UnitKind.FRAME, data))
