"""Requests that come in: who gets them, and what is answered in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from seastool.gateway.checks import BUSY, TOO_LATE, Refusal
from seastool.gateway.choice import Choice
from seastool.gateway.records import Served
from seastool.gateway.refusals import Doorkeeper, not_encoded
from seastool.gateway.servers import ApplicationServers
from seastool.gateway.settings import Settings
from seastool.gateway.statistics import Statistics
from seastool.gateway.ways import received_by, way_back
from seastool.seas.builder.event import Receive
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.identifiers import Identifiers
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, MessageReader, shown
from seastool.sip.transactions import (
    Arrival,
    ArrivalKind,
    Send,
    ServerTransaction,
    TransactionLayer,
)

Note = Callable[[str, str], None]
"""Takes a kind, in the words of a summary, and one line for people."""

_LOWEST, _FINAL, _HIGHEST = 100, 200, 699
_INTERNAL_ERROR: Final = 500
_TIMED_OUT: Final = 408
_INVITE: Final = b"INVITE"


class ServerSide:
    """Server transactions, and the application servers that have them.

    failure: the reason phrase of a 500.
    """

    def __init__(
        self,
        layer: TransactionLayer,
        reader: MessageReader,
        servers: ApplicationServers,
        identifiers: Identifiers,
        settings: Settings,
        statistics: Statistics,
        *,
        is_own: Callable[[bytes], bool],
        failure: bytes,
        note: Note,
    ) -> None:
        self._layer = layer
        self._reader = reader
        self._servers = servers
        self._identifiers = identifiers
        self._settings = settings
        self._statistics = statistics
        self._doorkeeper = Doorkeeper(layer, settings, is_own)
        self._failure = failure
        self._note = note
        self._by_ids: dict[tuple[bytes, int, int], ServerTransaction] = {}
        self._opening: ServerTransaction | None = None
        self._instead: Refusal | None = None  # of the server's own 500 to what is being opened
        self._is_ours = False  # what is answered now, the gateway answers and nobody else
        # In the order in which they are due, as all of a kind wait equally long.
        self._silent: dict[ServerTransaction, float] = {}
        self._ringing: dict[ServerTransaction, float] = {}
        self._choice = Choice(servers, settings.routing)

    # Requests.

    def receive(self, request: Incoming, hop: Hop, now: float) -> None:
        """A request has come from there."""
        if self._settings.routing.is_stateless(request, hop):
            self._hand_stateless(request, hop)
            return
        arrival = self._layer.receive_request(request, way_back(request, hop), now)
        kind = arrival.kind
        if kind is ArrivalKind.REPEATED:
            return
        receive = received_by(hop)
        if kind is ArrivalKind.ACK:
            self._acknowledge(arrival, request, hop, receive)
        elif kind is ArrivalKind.ACK_OF_FAILURE:
            self._acknowledge_failure(arrival, request, receive)
        elif kind is ArrivalKind.REFUSED:
            self._statistics.refused("too many transactions")
            self._note("requests refused: too many transactions", "too many transactions: 503")
            self._refuse_stateless(request, hop)
        else:
            self._open(arrival, request, hop, receive, now)

    def _open(
        self, arrival: Arrival, request: Incoming, hop: Hop, receive: Receive, now: float
    ) -> None:
        transaction = arrival.transaction
        assert transaction is not None
        self._statistics.request(request.method)
        served = transaction.user = Served(request, receive)
        refused = self._doorkeeper.refusal(arrival, request, hop)
        if refused is not None:
            self._statistics.refused(refused.reason.decode())
            self._answer_alone(transaction, served, refused, now)
        elif arrival.invite is not None and isinstance(arrival.invite.user, Served):
            self._cancel(transaction, served, arrival.invite, now)
        else:
            served.others = self._choice.names(request, hop)
            self._hand(transaction, served, now)

    def _cancel(
        self,
        transaction: ServerTransaction,
        served: Served,
        invite: ServerTransaction,
        now: float,
    ) -> None:
        """A CANCEL goes to whoever has its INVITE. Where that is answered and nobody is there any
        more, it has no effect, and is right all the same (section 9.2)."""
        name = invite.user.name
        if invite.status >= _FINAL and name not in self._servers.connected():
            self._answer_alone(transaction, served, TOO_LATE, now)
            return
        served.others = (name,)
        self._hand(transaction, served, now)

    def _hand(self, transaction: ServerTransaction, served: Served, now: float) -> None:
        """Give it to the first that takes it; if there is none, to one that is connected, whose
        lack of a binding then is what is told."""
        request, names = served.request, served.others
        assert request is not None
        name = self._choice.taker(names, served.receive)
        if name is None:
            self._nobody(transaction, served, now)
            return
        served.name = name
        served.others = names[names.index(name) + 1 :]
        self._choice.made(request, name, names)
        self._opening = transaction
        try:
            self._servers.request(name, request, served.receive)
        finally:
            self._opening = self._instead = None
        if transaction.status < _FINAL:
            self._silent[transaction] = now + self._settings.as_timeout

    def _hand_stateless(self, request: Incoming, hop: Hop) -> None:
        """Whatever comes is an event of its own, an ACK, a CANCEL or a retransmission too, and
        nothing is answered but by the application server."""
        self._statistics.request(request.method, stateless=True)
        receive, names = received_by(hop), self._choice.names(request, hop)
        name = self._choice.taker(names, receive)
        if name is None:
            what = f"{shown(request.method)} from {hop}: {self._choice.lack(names)}"
            self._note("requests without an application server", f"{what}, nothing is answered")
            self._statistics.refused("no application server")
        else:
            self._servers.request(name, request, receive, stateless=True)

    def _nobody(self, transaction: ServerTransaction, served: Served, now: float) -> None:
        what = f"{shown(served.method)} from {transaction.hop}: {self._choice.lack(served.others)}"
        self._note("requests without an application server", f"{what}, 500 is answered")
        self._statistics.faked(_INTERNAL_ERROR, "no application server")
        self._answer_alone(transaction, served, Refusal(_INTERNAL_ERROR, self._failure), now)

    def _acknowledge(self, arrival: Arrival, request: Incoming, hop: Hop, receive: Receive) -> None:
        """An ACK to a 2xx, or to nothing: the application server's transactions know which."""
        self._statistics.request(request.method)
        invite = arrival.invite
        if invite is None:
            names = self._choice.names(request, hop)
        else:
            self._layer.acknowledge(invite)
            names = (invite.user.name,)
        for name in names:
            if self._servers.takes(name, receive.destination_address):
                self._servers.request(name, request, receive)
                return

    def _acknowledge_failure(self, arrival: Arrival, request: Incoming, receive: Receive) -> None:
        invite = arrival.invite
        if not arrival.is_first or invite is None or not isinstance(invite.user, Served):
            return
        if self._settings.by_rfc and not invite.user.started:
            return  # nobody was told of the INVITE
        name = invite.user.name
        if name and self._servers.takes(name, receive.destination_address):
            self._servers.request(name, request, receive)

    # Answers of the gateway's own.

    def _answer_alone(
        self, transaction: ServerTransaction, served: Served, answer: Refusal, now: float
    ) -> None:
        """Answer a request that no application server has."""
        request, receive = served.request, served.receive
        assert request is not None
        data = self._rendered(request, receive.source_address, receive.source_port, answer)
        self._statistics.response(answer.status, served.method)
        self._layer.respond(transaction, answer.status, data, now)
        self._settle(transaction, served)

    def _rendered(self, request: Incoming, address: bytes, port: int, answer: Refusal) -> bytes:
        form = self._reader.form(request, address, port)
        tag = b"" if form.tag else self._identifiers.tag()
        return form.render(answer.status, answer.reason, tag=tag)

    def _refuse_stateless(self, request: Incoming, hop: Hop) -> None:
        data = self._rendered(request, hop.remote_address, hop.remote_port, BUSY)
        self._layer.outputs.append(Send(data, way_back(request, hop), None, False))

    def _answer_for(
        self, transaction: ServerTransaction, status: int, cause: str, now: float
    ) -> None:
        """Answer in the place of the application server that has the request."""
        reason = self._failure if status == _INTERNAL_ERROR else b"Request Timeout"
        self._statistics.faked(status, cause)
        served = transaction.user
        self._is_ours = True
        try:
            name, hash_index, label = served.ids
            self._servers.answer(name, hash_index, label, status, reason)
        finally:
            self._is_ours = False
        if transaction.status < _FINAL:  # it is answered there already, or not known any more
            self._answer_alone(transaction, served, Refusal(status, reason), now)

    # What the application servers' transactions say.

    def outcome(self, name: bytes, outcome: did.Outcome, now: float) -> None:
        """Something is to be done for a request, or was."""
        if isinstance(outcome, did.Replied):
            self._replied(name, outcome, now)
        elif isinstance(outcome, did.Event):
            self._told(name, outcome.hash_index, outcome.label, now)
        elif isinstance(outcome, did.Refused):
            self._refused(name, outcome)

    def _refused(self, name: bytes, refused: did.Refused) -> None:
        """A request is not handed over. If it is one that is being opened, a 500 comes next."""
        told, reason = f"a request is not handed to {shown(name)}: {refused.reason}", ""
        if self._opening is not None and refused.part and self._settings.by_rfc:
            answer = self._instead = not_encoded(self._opening.user.request, refused.part)
            reason = answer.reason.decode()
            told += f": {answer.status} {reason} is answered"
        self._note("requests that were not handed over", told)
        self._statistics.refused(reason or "not handed over")

    def _found(self, name: bytes, hash_index: int, label: int) -> ServerTransaction | None:
        """The transaction of those numbers; the one that is just being opened gets them."""
        found = self._by_ids.get((name, hash_index, label))
        if found is None and self._opening is not None:
            found = self._opening
            found.user.hash_index, found.user.label = hash_index, label
            self._by_ids[name, hash_index, label] = found
        return found

    def _replied(self, name: bytes, reply: did.Replied, now: float) -> None:
        transaction = self._found(name, reply.hash_index, reply.label)
        if transaction is None or (reply.repeated and transaction is not self._opening):
            return
        served, status = transaction.user, reply.status
        if self._instead is not None and status >= _FINAL:
            self._answer_alone(transaction, served, self._instead, now)
            return
        if not _LOWEST <= status <= _HIGHEST:
            what = f"{shown(name)} answers {shown(served.method)} {status}"
            self._note("replies with no SIP status", f"{what}, which is no SIP status: 500")
            self._answer_for(transaction, _INTERNAL_ERROR, "no SIP status", now)
            return
        is_said = transaction is self._opening and status == transaction.status  # to one before
        if transaction.status < _FINAL and not is_said:
            self._statistics.response(status, served.method)
            self._layer.respond(transaction, status, reply.sip, now, repeat_success=True)
        if transaction is not self._opening and not self._is_ours:
            self._answered(name, transaction, served, status, now)
        if status >= _FINAL:
            self._settle(transaction, served)

    def _settle(self, transaction: ServerTransaction, served: Served) -> None:
        """It has its final response: nobody waits for another."""
        served.request = None
        self._silent.pop(transaction, None)
        self._ringing.pop(transaction, None)

    def _answered(
        self, name: bytes, transaction: ServerTransaction, served: Served, status: int, now: float
    ) -> None:
        """The application server has answered, for the first time or not."""
        if not served.is_answered:
            served.is_answered = True
            self._silent.pop(transaction, None)
            self._statistics.first_action(name, now - served.started)
        if status >= _FINAL:
            self._statistics.final_action(name, now - served.started)
        else:
            self._ringing.pop(transaction, None)
            self._ringing[transaction] = now + self._settings.ring_timeout

    def _told(self, name: bytes, hash_index: int | None, label: int | None, now: float) -> None:
        """An event goes to the application server; of a new request, it is the first."""
        self._statistics.event_sent(name)
        if self._opening is not None and hash_index is not None and label is not None:
            opened = self._found(name, hash_index, label)
            if opened is self._opening:
                opened.user.started = now

    def ended(self, transaction: ServerTransaction) -> None:
        """The transaction is over."""
        if isinstance(transaction.user, Served):
            self._by_ids.pop(transaction.user.ids, None)

    # Time, and application servers that leave.

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        dues = [next(iter(waits.values())) for waits in (self._silent, self._ringing) if waits]
        return min(dues, default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due by now."""
        for transaction in _due(self._silent, now):
            self._has_been_silent(transaction, now)
        for transaction in _due(self._ringing, now):
            served = transaction.user
            what = f"{shown(served.method)} rings for {self._settings.ring_timeout:g} s"
            self._note("requests that rang too long", f"{what}: 408 is answered")
            self._answer_for(transaction, _TIMED_OUT, "ring time-out", now)

    def _has_been_silent(self, transaction: ServerTransaction, now: float) -> None:
        served = transaction.user
        told = f"{shown(served.name)} has not answered {shown(served.method)} "
        told += f"{served.hash_index}:{served.label} within {self._settings.as_timeout:g} s"
        self._next_or_500(transaction, told, "application server silent", now)

    def left(self, name: bytes, now: float) -> None:
        """An application server is gone: others get what it has not begun to answer."""
        for waits in (self._silent, self._ringing):
            for transaction in [one for one in waits if one.user.name == name]:
                served = transaction.user
                missing = "finally answered" if served.is_answered else "answered"
                told = f"{shown(name)} is gone and has not {missing} {shown(served.method)} "
                told += f"{served.hash_index}:{served.label}"
                waits.pop(transaction, None)
                self._next_or_500(transaction, told, "application server left", now)

    def _next_or_500(
        self, transaction: ServerTransaction, told: str, cause: str, now: float
    ) -> None:
        served = transaction.user
        address = served.receive.destination_address
        can_move = served.request is not None and not served.is_answered
        if can_move and any(self._servers.takes(other, address) for other in served.others):
            self._note(f"{cause}: given to the next", f"{told}: the next one gets it")
            self._servers.forget(*served.ids)
            self._by_ids.pop(served.ids, None)
            self._hand(transaction, served, now)
            return
        self._note(f"{cause}: 500", f"{told}: 500 is answered")
        self._answer_for(transaction, _INTERNAL_ERROR, cause, now)


def _due(waits: dict[ServerTransaction, float], now: float) -> Iterable[ServerTransaction]:
    """Those that are due by now, taken out."""
    while waits:
        transaction, due = next(iter(waits.items()))
        if due > now:
            return
        del waits[transaction]
        yield transaction
