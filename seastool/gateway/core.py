"""The gateway between its sockets: SIP messages and outcomes of actions in, messages out.

Sans-I/O. Two machines and what lies between them: RFC 3261's transactions (`TransactionLayer`),
and what a proxy does for application servers (`seas.openser.Transactions`, behind the protocol
`ApplicationServers`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from seastool.errors import SipError
from seastool.gateway.client_side import ClientSide, Find, Lookup
from seastool.gateway.malformed import bad_request, unfolded
from seastool.gateway.server_side import Note, ServerSide
from seastool.gateway.servers import ApplicationServers
from seastool.gateway.settings import Settings
from seastool.gateway.statistics import Statistics
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.identifiers import Identifiers
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, message_reader, shown
from seastool.sip.reply import CRLF
from seastool.sip.transactions import (
    ClientTransaction,
    Send,
    ServerTransaction,
    Stray,
    Terminated,
    TimedOut,
    Timing,
    TransactionLayer,
    Unacknowledged,
)

LEAST_C: Final = 180.0  # seconds that a request of an application server's may ring: 16.6 item 11


class Core:
    """One gateway.

    servers: told of requests and responses; what comes of it comes back by `outcome`.
    find: the ways to a URI. is_own: whether a Via's sent-by,
    ``host:port`` in lower case, is that of a socket of ours.
    note: takes what people should know, by kind.
    """

    def __init__(
        self,
        servers: ApplicationServers,
        identifiers: Identifiers,
        behaviour: Behaviour,
        *,
        find: Find,
        is_own: Callable[[bytes], bool],
        note: Note,
        settings: Settings | None = None,
        timing: Timing | None = None,
        statistics: Statistics | None = None,
    ) -> None:
        self.statistics = statistics or Statistics()
        settings, timing = settings or Settings(), timing or Timing()
        if timing.c is None:
            timing = replace(timing, c=max(settings.ring_timeout, LEAST_C))
        self.layer = TransactionLayer(timing)
        self._note = note
        self._reader = message_reader(behaviour.dialect.grammar)
        self._by_rfc = settings.by_rfc
        self._server_side = ServerSide(
            self.layer,
            self._reader,
            servers,
            identifiers,
            settings,
            self.statistics,
            is_own=is_own,
            failure=behaviour.failure,
            note=note,
        )
        self._client_side = ClientSide(
            self.layer, servers, self.statistics, find=find, is_own=is_own, note=note
        )

    def receive(self, data: bytes, hop: Hop, now: float) -> None:
        """A whole SIP message has come from there."""
        try:
            message = self._reader.read(data)
        except SipError as error:
            mended = self._read_unfolded(data)
            if mended is None:
                self._refuse(data, hop, error)
                return
            message = mended
        if message.start.is_request:
            self._server_side.receive(message, hop, now)
        else:
            self._client_side.receive(message, hop, now)

    def _read_unfolded(self, data: bytes) -> Incoming | None:
        """A message that does not parse as it came; None if it does not either."""
        line_by_line = unfolded(data) if self._by_rfc else data
        if line_by_line == data:
            return None
        try:
            return self._reader.read(line_by_line)
        except SipError:
            return None

    def _refuse(self, data: bytes, hop: Hop, error: SipError) -> None:
        answer = bad_request(data, error.reason)
        does = f"{shown(answer[8 : answer.index(CRLF)])} is answered" if answer else "it is dropped"
        what = f"from {hop}: {error.reason} at byte {error.offset}: {does}"
        self._note("messages that do not parse", what)
        self.statistics.refused("does not parse")
        if answer is not None:
            self.layer.outputs.append(Send(answer, hop, None, False))

    def outcome(self, name: bytes, outcome: did.Outcome, now: float) -> None:
        """What the transactions of an application server do, as they do it."""
        if isinstance(outcome, did.Requested | did.Cancelled | did.Stateless):
            self._client_side.outcome(name, outcome, now)
        else:
            self._server_side.outcome(name, outcome, now)

    def left(self, name: bytes, now: float) -> None:
        """An application server is gone."""
        self._server_side.left(name, now)

    def located(self, lookup: Lookup, hops: list[Hop], now: float) -> None:
        """The ways to what was looked up."""
        self._client_side.located(lookup, hops, now)

    def lost(self, lookup: Lookup, reason: str) -> None:
        """What was looked up leads nowhere."""
        self._client_side.lost(lookup, reason)

    def failed(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """A request could not be sent."""
        self._client_side.failed(transaction, reason, now)

    def take(self, now: float) -> list[Send]:
        """What is to be sent, in order."""
        sends: list[Send] = []
        while outputs := self.layer.take():
            for output in outputs:
                if type(output) is Send:
                    sends.append(output)
                else:
                    self._happened(output, now)
        return sends

    def take_lookups(self) -> list[Lookup]:
        """What is to be looked up."""
        lookups = self._client_side.lookups
        if lookups:
            self._client_side.lookups = []
        return lookups

    def _happened(self, output: object, now: float) -> None:
        if isinstance(output, Terminated):
            if isinstance(output.transaction, ServerTransaction):
                self._server_side.ended(output.transaction)
            else:
                self._client_side.ended(output.transaction)
        elif isinstance(output, TimedOut):
            self._timed_out(output, now)
        elif isinstance(output, Stray):
            self._client_side.stray(output.response, now)
        elif isinstance(output, Unacknowledged):
            where = output.transaction.hop
            told = f"the 2xx to the INVITE from {where} was never acknowledged: the call may hang"
            self._note("2xx without an ACK", told)

    def _timed_out(self, output: TimedOut, now: float) -> None:
        transaction = output.transaction
        if isinstance(transaction, ClientTransaction):
            if output.timer == "C":
                self._client_side.rang_too_long(transaction, now)
            else:
                self._client_side.timed_out(transaction)
        else:
            told = f"the {transaction.status} to the INVITE from {transaction.hop} has no ACK"
            self._note("final responses without an ACK", told)

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        dues = (
            self.layer.get_timer(),
            self._server_side.get_timer(),
            self._client_side.get_timer(),
        )
        return min((due for due in dues if due is not None), default=None)

    def handle_timer(self, now: float) -> None:
        """Do what is due by now."""
        self.layer.handle_timer(now)
        self._server_side.handle_timer(now)
        self._client_side.handle_timer(now)
