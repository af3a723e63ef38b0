"""A gateway on a bench: SIP texts and actions of application servers in, SIP texts and events out.

No sockets and no clock: `now` stands still until `wait`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from gateway_texts import ALICE, HOME, HOME_6, hop, uac

from seastool.gateway.client_side import Lookup
from seastool.gateway.core import Core
from seastool.gateway.manners import gateway_behaviour
from seastool.gateway.settings import Settings, seas_settings
from seastool.net.sip.target import Place, Unresolvable, read_target
from seastool.seas.builder.event import Receive
from seastool.seas.codec import decode_frame
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Action,
    Bind,
    Frame,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
)
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import Behaviour, DrawnIdentifiers, Transactions, usable
from seastool.seas.openser import outcomes as did
from seastool.seas.types import Direction, Socket
from seastool.sip.hop import TCP, UDP, Hop
from seastool.sip.incoming import Incoming
from seastool.sip.parts import cseq, start_line
from seastool.sip.reply import respond
from seastool.sip.transactions import ClientTransaction, ServerTransaction, Timing

SOCKETS = tuple(
    ListeningSocket(protocol=protocol, name=address, address=address, port=5060)
    for address in (b"10.0.0.1", b"2001:db8::1")
    for protocol in (UDP, TCP)
)
OWN = frozenset({b"10.0.0.1:5060", b"[2001:db8::1]:5060"})


@dataclass
class Sent:
    """A SIP message that went out."""

    data: bytes
    hop: Hop
    repeated: bool
    at: float
    transaction: ServerTransaction | ClientTransaction | None

    def __str__(self) -> str:
        if self.data.startswith(b"SIP/2.0 "):
            return f"{start_line(self.data)[0]} {cseq(self.data)[1]}"
        return " ".join(start_line(self.data))


@dataclass
class Told:
    """A frame for an application server, decoded. text: the message that came in."""

    name: bytes
    frame: Frame
    text: bytes

    @property
    def ids(self) -> tuple[int, int]:
        assert isinstance(self.frame, TReqIn | ResIn)
        return self.frame.hash_index, self.frame.label

    def __str__(self) -> str:
        frame, who = self.frame, self.name.decode()
        if isinstance(frame, ResIn):
            faked = "faked " if frame.flags & 2 else ""
            return f"{who} RES_IN {faked}{frame.status} uac {frame.uac_id}"
        if isinstance(frame, TReqIn | SlReqIn):
            kind = "T_REQ_IN" if isinstance(frame, TReqIn) else "SL_REQ_IN"
            return f"{who} {kind} {start_line(self.text)[0]}"
        assert isinstance(frame, AcResFail)
        return f"{who} AC_RES_FAIL uac {frame.uac_id}"


class Counting:
    """A source of chance that counts, so that runs are alike."""

    def __init__(self) -> None:
        self.n = 0

    def getrandbits(self, k: int, /) -> int:
        self.n += 1
        return self.n & ((1 << k) - 1)


class Servers:
    """The application servers, with real transactions behind them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self.names: list[bytes] = []
        self._transactions: dict[bytes, Transactions] = {}

    def of(self, name: bytes) -> Transactions:
        found = self._transactions.get(name)
        if found is None:
            bench = self._bench
            found = self._transactions[name] = Transactions(
                bench.identifiers,
                behaviour=bench.behaviour,
                sockets=SOCKETS,
                settings=seas_settings(bench.timing),
            )
        return found

    def all(self) -> list[tuple[bytes, Transactions]]:
        return list(self._transactions.items())

    def connected(self) -> Sequence[bytes]:
        return tuple(self.names)

    def takes(self, name: bytes, address: bytes) -> bool:
        return name in self.names and self.of(name).bindings.processor_of(address) is not None

    def request(
        self, name: bytes, request: Incoming, receive: Receive, *, stateless: bool = False
    ) -> None:
        done = self.of(name).request(request, receive, self._bench.now, stateless=stateless)
        self._bench.carry_out(name, done, request.text)

    def response(self, name: bytes, response: Incoming, receive: Receive) -> None:
        done = self.of(name).response(response, receive, self._bench.now)
        self._bench.carry_out(name, done, response.text)

    def time_out(self, name: bytes, uac_id: int) -> None:
        self._bench.carry_out(name, self.of(name).time_out(uac_id, self._bench.now))

    def unresolved(self, name: bytes, uac_id: int) -> None:
        self._bench.carry_out(name, self.of(name).unresolved(uac_id))

    def answer(self, name: bytes, hash_index: int, label: int, status: int, reason: bytes) -> None:
        done = self.of(name).answer(hash_index, label, status, reason, self._bench.now)
        self._bench.carry_out(name, done)

    def forget(self, name: bytes, hash_index: int, label: int) -> None:
        self.of(name).forget(hash_index, label, self._bench.now)


class Bench:
    """A gateway with application servers that are connected and bound.

    sent, events, mistakes, notes: all so far. `out()` and `told()` give what is new, in short.
    """

    def __init__(
        self,
        *names: bytes,
        behaviour: Behaviour | None = None,
        settings: Settings | None = None,
        timing: Timing | None = None,
        find: Callable[[bytes], Sequence[Hop] | None] | None = None,
    ) -> None:
        self.now = 1000.0
        self.identifiers = DrawnIdentifiers(Counting())
        self.settings = settings or Settings()
        self.behaviour = gateway_behaviour(behaviour or usable(), by_rfc=self.settings.by_rfc)
        self.timing = timing or Timing()
        self.sent: list[Sent] = []
        self.events: list[Told] = []
        self.mistakes: list[did.Mistake] = []
        self.notes: list[tuple[str, str]] = []
        self.lookups: list[Lookup] = []
        self._seen = [0, 0]
        self.servers = Servers(self)
        self.core = Core(
            self.servers,
            self.identifiers,
            self.behaviour,
            find=find or self._find,
            is_own=OWN.__contains__,
            note=lambda kind, told: self.notes.append((kind, told)),
            settings=self.settings,
            timing=self.timing,
        )
        for name in names or (b"as_1",):
            self.connect(name)

    def _find(self, uri: bytes) -> Sequence[Hop] | None:
        """Numeric hosts are found at once."""
        try:
            place = read_target(uri)
        except Unresolvable:
            return None
        if not isinstance(place, Place):
            return None
        address = str(ip_address(place.address))
        return [hop(address, place.port, protocol=place.protocol)]

    # The application servers.

    def connect(self, name: bytes = b"as_1", *, bound: bool = True) -> None:
        """One comes, or comes back."""
        self.servers.names.append(name)
        if bound and not len(self.servers.of(name).bindings):
            for address in (HOME, HOME_6):
                family = 4 if len(address) == 4 else 6
                bind = Bind(processor_id=1, address=address, protocol=UDP, port=5060)
                assert bind.address == address, family
                self.acts(bind, name)

    def leave(self, name: bytes = b"as_1") -> None:
        """One is gone."""
        self.servers.names.remove(name)
        self.core.left(name, self.now)
        self._take()

    def acts(self, action: Action, name: bytes = b"as_1") -> None:
        """One has sent an action."""
        self.carry_out(name, self.servers.of(name).action(action, self.now))
        self._take()

    def replies(
        self,
        event: Told,
        status: int = 200,
        *headers: str,
        tag: bytes = b"b1",
        reason: bytes = b"Reason",
        to: bytes | None = None,
    ) -> None:
        """The one that was told of a request replies. to: the request that the text is made of."""
        more = b"".join(line.encode() + b"\r\n" for line in headers)
        sip = respond(
            to or event.text, status, reason, tag=tag if status > 100 else b"", headers=more
        )
        hash_index, label = event.ids
        kind = 1 if status < 200 else 2
        reply = Reply(type=kind, processor_id=1, hash_index=hash_index, label=label, text=sip)
        self.acts(reply, event.name)

    def asks(self, sip: bytes, *, uac_id: int = 7, flags: int = 0, name: bytes = b"as_1") -> None:
        """One sends a request."""
        self.acts(UacReq(uac_id=uac_id, processor_id=1, flags=flags, text=sip), name)

    def cancels(self, event: Told, *, uac_id: int = 8) -> None:
        """One cancels the request of a response that it was told of."""
        hash_index, label = event.ids
        self.acts(
            AcCancel(
                uac_id=uac_id,
                processor_id=1,
                hash_index=hash_index,
                label=label,
                text=uac("CANCEL"),
            ),
            event.name,
        )

    def passes(self, sip: bytes, name: bytes = b"as_1") -> None:
        """One sends a message without a transaction."""
        self.acts(SlMsg(processor_id=1, text=sip), name)

    def carry_out(self, name: bytes, done: Sequence[did.Outcome], text: bytes = b"") -> None:
        """As the proxy does."""
        for outcome in done:
            if name in self.servers.names:
                if isinstance(outcome, did.Event):
                    frame = decode_frame(outcome.frame, Socket.EVENT, Direction.TO_AS)
                    self.events.append(Told(name, frame, text))
                elif isinstance(outcome, did.Failed):
                    self.events.append(Told(name, outcome.frame, b""))
                elif isinstance(outcome, did.Mistake):
                    self.mistakes.append(outcome)
            self.core.outcome(name, outcome, self.now)

    # The SIP side.

    def receive(self, data: bytes, where: Hop = ALICE) -> None:
        """A message comes in."""
        self.core.receive(data, where, self.now)
        self._take()

    def answers(
        self,
        request: Sent,
        status: int = 200,
        *headers: str,
        tag: bytes = b"c1",
        where: Hop | None = None,
    ) -> bytes:
        """Whoever got a request answers it."""
        more = b"".join(line.encode() + b"\r\n" for line in headers)
        data = respond(
            request.data, status, b"Reason", tag=tag if status > 100 else b"", headers=more
        )
        self.receive(data, where or request.hop)
        return data

    def _take(self) -> None:
        for output in self.core.take(self.now):
            self.sent.append(Sent(*output[:2], output.repeated, self.now, output.transaction))
        self.lookups += self.core.take_lookups()

    # Time.

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while (due := self._next()) is not None and due <= end:
            self.now = max(self.now, due)
            self._timers()
        self.now = end
        self._timers()

    def _next(self) -> float | None:
        dues = [self.core.get_timer(), *(one.get_timer() for _, one in self.servers.all())]
        return min((due for due in dues if due is not None), default=None)

    def _timers(self) -> None:
        self.core.handle_timer(self.now)
        for name, transactions in self.servers.all():
            done = transactions.handle_timer(self.now)
            if name in self.servers.names:
                self.carry_out(name, done)
        self._take()

    # What to look at.

    def out(self) -> list[str]:
        """What went out since the last look."""
        new = self.sent[self._seen[0] :]
        self._seen[0] = len(self.sent)
        return [str(sent) for sent in new]

    def told(self) -> list[str]:
        """What application servers were told since the last look."""
        new = self.events[self._seen[1] :]
        self._seen[1] = len(self.events)
        return [str(event) for event in new]

    @property
    def last(self) -> Sent:
        """What went out last."""
        return self.sent[-1]

    @property
    def event(self) -> Told:
        """What was told last."""
        return self.events[-1]

    def noted(self) -> list[str]:
        """The kinds of the notes, each once."""
        return list(dict.fromkeys(kind for kind, _ in self.notes))

    def rules(self) -> list[str]:
        """The mistakes."""
        return [mistake.rule for mistake in self.mistakes]

    def left_over(self) -> list[str]:
        """Which tables still hold something."""
        core = self.core
        tables = {
            "layer": len(core.layer),
            "by ids": len(core._server_side._by_ids),
            "silent": len(core._server_side._silent),
            "ringing": len(core._server_side._ringing),
            "cancelled": len(core._client_side._cancelled),
            "lookups": core._client_side._waiting - len(self.lookups),
            "timers": core.layer.get_timer() is not None,
            **{f"SEAS of {name!r}": not one.is_empty for name, one in self.servers.all()},
        }
        return [name for name, held in tables.items() if held]


def asked(bench: Bench, method: str = "INVITE", *headers: str, **how: Any) -> Sent:
    """The application server's request, as it went out."""
    bench.asks(uac(method, *headers, **how))
    assert bench.out() == [f"{method} {bench.last.data.split()[1].decode()}"]
    return bench.last
