"""Requests of the application servers: where they go, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from seastool.errors import LocalProtocolError
from seastool.gateway.records import Asked
from seastool.gateway.server_side import Note
from seastool.gateway.servers import ApplicationServers
from seastool.gateway.statistics import Statistics
from seastool.gateway.stray import forwarded
from seastool.gateway.ways import received_by, with_via_of
from seastool.seas.openser import outcomes as did
from seastool.sip.hop import UDP, Hop
from seastool.sip.incoming import Incoming, shown
from seastool.sip.transactions import ClientTransaction, Send, TransactionLayer, cancel_for

Find = Callable[[bytes], Sequence[Hop] | None]
"""The ways to a URI, best first; None if they have to be looked up."""

LONGEST_DATAGRAM: Final = 1300  # of a request, if the path's MTU is not known: RFC 3261, 18.1.1
MOST_LOOKUPS: Final = 10_000
_FINAL: Final = 200
_IPV4: Final = 4
_ACK: Final = b"ACK"
_INVITE: Final = b"INVITE"


class Lookup:
    """A request that waits for the address of a URI; to be told by `located` or `lost`."""

    __slots__ = ("asked", "uri")

    def __init__(self, asked: Asked, uri: bytes) -> None:
        self.asked = asked
        self.uri = uri


class ClientSide:
    """Client transactions, and the application servers that they are for.

    lookups: appended in order; whoever drives the gateway takes them out.
    """

    def __init__(
        self,
        layer: TransactionLayer,
        servers: ApplicationServers,
        statistics: Statistics,
        *,
        find: Find,
        is_own: Callable[[bytes], bool],
        note: Note,
    ) -> None:
        self._layer = layer
        self._servers = servers
        self._statistics = statistics
        self._find = find
        self._is_own = is_own
        self._note = note
        self._waiting = 0
        self._cancelled: dict[ClientTransaction, float] = {}  # INVITEs, in the order they are due
        self.lookups: list[Lookup] = []

    # What the application servers want sent.

    def outcome(self, name: bytes, outcome: did.Outcome, now: float) -> None:
        """Something is to be sent for an application server."""
        if isinstance(outcome, did.Requested):
            asked = Asked(name, outcome.uac_id, outcome.method, outcome.sip, outcome.branch)
            self._statistics.sent_request(outcome.method)
            self._send_to(asked, outcome.destination, now)
        elif isinstance(outcome, did.Stateless):
            self._send_to(Asked(name, None, b"", outcome.sip, b""), outcome.destination, now)
        elif isinstance(outcome, did.Cancelled):
            self._cancel(name, outcome, now)

    def _send_to(self, asked: Asked, uri: bytes, now: float) -> None:
        hops = self._find(uri)
        if hops is not None:
            self._send(asked, hops, uri, now)
        elif self._waiting >= MOST_LOOKUPS:
            self._lose(asked, uri, "too many addresses are being looked up")
        else:
            self._waiting += 1
            self.lookups.append(Lookup(asked, uri))

    def located(self, lookup: Lookup, hops: Sequence[Hop], now: float) -> None:
        """The ways to a URI were found."""
        self._waiting -= 1
        self._send(lookup.asked, hops, lookup.uri, now)

    def lost(self, lookup: Lookup, reason: str) -> None:
        """The URI leads nowhere."""
        self._waiting -= 1
        self._lose(lookup.asked, lookup.uri, reason)

    def _lose(self, asked: Asked, uri: bytes, reason: str) -> None:
        what = shown(asked.method) or "a stateless message"
        self._note("requests to nowhere", f"{what} to {shown(uri)} is not sent: {reason}")
        if asked.uac_id is not None:
            self._servers.unresolved(asked.name, asked.uac_id)

    def _send(self, asked: Asked, hops: Sequence[Hop], uri: bytes, now: float) -> None:
        if not hops:
            self._lose(asked, uri, "no SIP socket of ours fits its transport and address family")
            return
        hop, asked.hops = hops[0], hops[1:]
        if asked.branch and (hop.protocol != UDP or len(hop.local_address) != _IPV4):
            asked.sip = with_via_of(asked.sip, hop)
        if hop.protocol == UDP and len(asked.sip) > LONGEST_DATAGRAM:
            what = f"a {shown(asked.method)} of {len(asked.sip):,} bytes goes to {hop}"
            told = f"{what}: RFC 3261, 18.1.1 wants TCP beyond {LONGEST_DATAGRAM:,}"
            self._note("requests too long for UDP", told)
        if not asked.branch or asked.method == _ACK:
            self._layer.outputs.append(Send(asked.sip, hop, None, False))
        else:
            self._begin(asked, hop, uri, now)

    def _begin(self, asked: Asked, hop: Hop, uri: bytes, now: float) -> None:
        try:
            self._layer.send_request(asked.sip, asked.method, asked.branch, hop, now, user=asked)
        except LocalProtocolError as error:
            self._lose(asked, uri, str(error))

    def _cancel(self, name: bytes, cancel: did.Cancelled, now: float) -> None:
        """A CANCEL goes where its INVITE went."""
        invite = self._layer.find_client(cancel.branch, _INVITE)
        if invite is None or self._layer.find_client(cancel.branch, b"CANCEL") is not None:
            return
        asked = Asked(name, cancel.uac_id, b"CANCEL", cancel.sip, cancel.branch)
        self._statistics.sent_request(b"CANCEL")
        self._send(asked, (invite.hop,), cancel.destination, now)
        self._cancelled.setdefault(invite, now + self._layer.timing.patience)

    # What comes back.

    def receive(self, response: Incoming, hop: Hop, now: float) -> None:
        """A response has come from there."""
        transaction = self._layer.receive_response(response, now)
        if transaction is None:
            return
        self._statistics.received_response(response.start.status)
        self._servers.response(transaction.user.name, response, received_by(hop))

    def stray(self, response: Incoming, now: float) -> None:
        """A response to no request of ours goes on by its Via, if ours is on top (16.7)."""
        found = forwarded(response, self._is_own)
        if found is None:
            what = f"a {response.start.status} to no request of ours is dropped"
            self._note("responses to no request", what)
            return
        data, uri = found
        self._send_to(Asked(b"", None, b"", data, b""), uri, now)

    def timed_out(self, transaction: ClientTransaction) -> None:
        """No final response has come in time."""
        asked = transaction.user
        if asked.uac_id is not None:
            self._servers.time_out(asked.name, asked.uac_id)

    def rang_too_long(self, transaction: ClientTransaction, now: float) -> None:
        """An INVITE has had no final response for too long: it is cancelled."""
        asked = transaction.user
        self._note(
            "own requests that rang too long", f"INVITE to {transaction.hop}: it is cancelled"
        )
        self.timed_out(transaction)
        if transaction not in self._cancelled:  # its application server's transaction is gone
            sip = cancel_for(transaction.request)
            branch = transaction.branch
            self._cancel(asked.name, did.Cancelled(None, 0, 0, 0, sip, b"", branch), now)

    def ended(self, transaction: ClientTransaction) -> None:
        """The transaction is over."""
        if transaction.is_invite:
            self._cancelled.pop(transaction, None)

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called."""
        return next(iter(self._cancelled.values()), None)

    def handle_timer(self, now: float) -> None:
        """Do what is due by now: what was cancelled and still has no final response is over
        (section 9.1)."""
        while (due := self.get_timer()) is not None and due <= now:
            invite = next(iter(self._cancelled))
            del self._cancelled[invite]
            if invite.status < _FINAL and not invite.is_over:
                self.timed_out(invite)
                self._layer.abandon(invite, now)

    def failed(self, transaction: ClientTransaction, reason: str, now: float) -> None:
        """A request could not be sent: it goes the next way, if there is one."""
        if transaction.status:
            return  # it was sent before, and arrived
        asked = transaction.user
        what = f"{shown(asked.method)} to {transaction.hop}: {reason}"
        self._layer.abandon(transaction, now)
        if asked.hops:
            self._note("requests that could not be sent", f"{what}; the next address is tried")
            self._send(asked, asked.hops, b"", now)
            return
        told = f"{what}: the application server is told 408"
        self._note("requests that could not be sent", told)
        self.timed_out(transaction)
