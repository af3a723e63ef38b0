"""Connections sorted into SEAS, SIP and other, and each given the sinks it needs.

Until it is clear what a connection carries, its bytes are held (bounded) with their packets
and then replayed, so that nothing is missing from the output. Both directions are looked
at; what is known of a port, and the same name on two neighbouring ports, helps others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from seastool.capture.half import Half, Sink
from seastool.capture.held import Conversation, HeldSide
from seastool.capture.identify import Sight
from seastool.capture.losses import Cause, Limits, Statistics
from seastool.capture.records import Address, Record
from seastool.capture.sides import Naming, OtherSide, SeasSide
from seastool.capture.sip_side import SipSide
from seastool.seas.types import Direction, Socket

_MAX_NAMES = 4096
_MAX_PORTS = 4096


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports of the proxy that are known to be SEAS."""

    event: frozenset[int] = frozenset()
    action: frozenset[int] = frozenset()

    @classmethod
    def of(cls, events: Iterable[int], actions: Iterable[int] = ()) -> Ports:
        """Event ports, and action ports: unless told, each event port's next."""
        event = frozenset(events)
        action = frozenset(actions) or frozenset(port + 1 for port in event) - event
        return cls(event, action)

    def socket(self, port: int) -> Socket | None:
        """Which socket a port of the proxy is."""
        if port in self.event:
            return Socket.EVENT
        return Socket.ACTION if port in self.action else None


class Streams:
    """All TCP connections of a capture.

    emit: takes the records.
    ports: what the user says of ports; what is found by content is added to it.
    """

    def __init__(
        self,
        limits: Limits,
        statistics: Statistics,
        emit: Callable[[Record], None],
        ports: Ports,
    ) -> None:
        self._limits = limits
        self._statistics = statistics
        self._emit = emit
        self._ports = ports
        self._known: dict[tuple[bytes, int], Socket] = {}
        self._names: dict[tuple[bytes, bytes, int], str] = {}
        self._held = 0
        self._other = OtherSide(statistics)
        self._undecided: dict[Conversation, None] = {}
        self._named: dict[tuple[bytes, str, int], Conversation] = {}
        self.waiting: dict[Conversation, None] = {}
        """Those undecided for which later records wait, the longest held first."""
        self.replayed = False
        """Set when held bytes became records: those may be of earlier packets."""

    def attach(self, opener: Half, other: Half) -> None:
        """Take a new connection."""
        Conversation(self, opener, other)

    def consider(self, conversation: Conversation, side: HeldSide, size: int) -> None:
        """Identify the connection if what it holds tells, or give it up if that is too much."""
        self._held += size
        found = self._from_port(conversation)
        if found is None:
            side.look()
            seen = side.seen
            if isinstance(seen, tuple):
                found = seen[0], side if seen[1] is Direction.TO_AS else self._peer(side)
            elif seen is Sight.SIP or (seen is Sight.SIP_TEXT is self._peer(side).seen):
                # SEAS has SIP text in one direction of a connection only.
                self._become_sip(conversation)
                return
            elif seen is Sight.OTHER:
                self.give_up(conversation, conversation.first_packet, Cause.OTHER_TCP)
                return
            elif seen is Sight.NAME:
                found = self._from_neighbour(conversation)
        if found is not None:
            self._become_seas(conversation, *found)
        elif self._too_much(conversation):
            self.give_up(conversation, conversation.first_packet, Cause.HOLD_LIMIT)
        else:
            if conversation not in self._undecided:
                self._undecided[conversation] = self.waiting[conversation] = None
            while self._held > self._limits.total_held_bytes:
                oldest = next(iter(self._undecided))
                self.give_up(oldest, oldest.first_packet, Cause.HOLD_LIMIT)

    def give_up(self, conversation: Conversation, packet: int, cause: Cause) -> None:
        """The connection is something else, or too much of it is held."""
        if not conversation.chunks:
            return
        if any(side.seen is Sight.SIP_TEXT for side in conversation.sides):
            self._become_sip(conversation)
            return
        self._release(conversation)
        self._statistics.lose(Cause.OTHER_TCP, packet)
        if cause is not Cause.OTHER_TCP:
            self._statistics.lose(cause, packet, conversation.size)
        self._set_sinks(conversation, self._other, self._other)

    def _peer(self, side: HeldSide) -> HeldSide:
        one, other = side.conversation.sides
        return other if side is one else one

    def _too_much(self, conversation: Conversation) -> bool:
        limits = self._limits
        return (
            conversation.size > limits.held_bytes or len(conversation.chunks) > limits.held_packets
        )

    def _from_port(self, conversation: Conversation) -> tuple[Socket, HeldSide] | None:
        """Socket and the proxy's side, if a port of the connection is known to be the proxy's."""
        for side in conversation.sides:
            source = side.half.source
            socket = self._ports.socket(source.port) or self._known.get(
                (source.packed, source.port)
            )
            if socket is not None:
                return socket, side
        return None

    def _from_neighbour(self, conversation: Conversation) -> tuple[Socket, HeldSide] | None:
        """The same name was said to the port before or behind: those are the two sockets."""
        named = conversation.name
        if named is None:
            return None
        side, name = named
        proxy = side.half.destination
        conversation.said = proxy.packed, name, proxy.port
        self._named[conversation.said] = conversation
        for step, socket in ((1, Socket.EVENT), (-1, Socket.ACTION)):
            other = self._named.get((proxy.packed, name, proxy.port + step))
            if other in self._undecided:
                return socket, self._peer(side)
        return None

    def _become_seas(self, conversation: Conversation, socket: Socket, proxy: HeldSide) -> None:
        self._release(conversation)
        self._statistics.seas_connections += 1
        at = proxy.half.source
        pair = (
            proxy.half.destination.packed,
            at.packed,
            at.port if socket is Socket.EVENT else at.port - 1,
        )
        naming = Naming(self._names.get(pair), lambda name: self._learn_name(naming, pair, name))
        sides = [
            SeasSide(
                side.half,
                socket,
                Direction.TO_AS if side is proxy else Direction.TO_OPENSER,
                naming,
                self._emit,
                self._statistics,
                in_step=side.half.from_start if side.from_start is None else side.in_step,
            )
            for side in conversation.sides
        ]
        self._set_sinks(conversation, *sides)
        self._learn_port(at, socket)

    def _learn_name(self, naming: Naming, pair: tuple[bytes, bytes, int], name: str) -> None:
        naming.name = name
        self._names[pair] = name
        if len(self._names) > _MAX_NAMES:
            del self._names[next(iter(self._names))]

    def _learn_port(self, proxy: Address, socket: Socket) -> None:
        """Remember what the port is, and identify the connections to it and its neighbour."""
        if (proxy.packed, proxy.port) in self._known:
            return
        event = proxy.port if socket is Socket.EVENT else proxy.port - 1
        self._known[proxy.packed, event] = Socket.EVENT
        self._known[proxy.packed, event + 1] = Socket.ACTION
        while len(self._known) > _MAX_PORTS:
            del self._known[next(iter(self._known))]
        for conversation in list(self._undecided):
            found = self._from_port(conversation)
            if found is not None and conversation in self._undecided:
                self._become_seas(conversation, *found)

    def _become_sip(self, conversation: Conversation) -> None:
        self._release(conversation)
        self._statistics.sip_connections += 1
        sides = [
            SipSide(
                side.half,
                self._emit,
                self._statistics,
                in_step=side.half.from_start if side.from_start is None else side.in_step,
            )
            for side in conversation.sides
        ]
        self._set_sinks(conversation, *sides)

    def _release(self, conversation: Conversation) -> None:
        self._held -= conversation.size
        self._undecided.pop(conversation, None)
        self.waiting.pop(conversation, None)
        if conversation.said is not None and self._named.get(conversation.said) is conversation:
            del self._named[conversation.said]

    def _set_sinks(self, conversation: Conversation, opener: Sink, other: Sink) -> None:
        self.replayed = True
        conversation.sides[0].half.sink = opener
        conversation.sides[1].half.sink = other
        conversation.replay()
