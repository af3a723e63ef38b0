"""The transaction layer (RFC 3261 section 17, RFC 6026): requests and responses matched to
transactions, and what these do about them."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from seastool.errors import LocalProtocolError
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, shown
from seastool.sip.transactions.interpreter import Interpreter
from seastool.sip.transactions.outputs import Arrival, ArrivalKind, Output, Stray
from seastool.sip.transactions.server_table import ServerTable
from seastool.sip.transactions.states import Input, State
from seastool.sip.transactions.timing import Timing
from seastool.sip.transactions.transaction import (
    ClientTransaction,
    ServerTransaction,
    Transaction,
)

_ACK, _CANCEL = b"ACK", b"CANCEL"
_FIRST_FINAL: Final = 200
_INPUTS: Final = {
    1: Input.PROVISIONAL,
    2: Input.SUCCESS,
    3: Input.FAILURE,
    4: Input.FAILURE,
    5: Input.FAILURE,
    6: Input.FAILURE,
}
_new: Final = tuple.__new__  # calling Arrival costs three times as much


class TransactionLayer:
    """All transactions of one element.

    most: how many there may be of each side. outputs: what is to be done, in order; `take` it
    after each call. counts: retransmissions_sent, retransmissions_absorbed, timeouts_B (C, F, H),
    transport_failures, unacknowledged, strays, merged, refused.

    The 100 (Trying) within 200 ms of section 17.2.1 is the TU's to give, as all responses are.
    """

    def __init__(self, timing: Timing | None = None, *, most: int = 1_000_000) -> None:
        self.most = most
        self._machine = Interpreter(timing or Timing(), self._forget)
        self._servers = ServerTable()
        self._clients: dict[tuple[bytes, bytes], ClientTransaction] = {}

    @property
    def timing(self) -> Timing:
        """The timers."""
        return self._machine.actor.timing

    @property
    def counts(self) -> Counter[str]:
        """What happened how often."""
        return self._machine.actor.counts

    @property
    def outputs(self) -> list[Output]:
        """What is to be done, in order."""
        return self._machine.actor.outputs

    def take(self) -> list[Output]:
        """The outputs so far; they are the caller's now."""
        actor = self._machine.actor
        taken = actor.outputs
        if taken:
            actor.outputs = []
        return taken

    def __len__(self) -> int:
        """How many transactions there are, of both sides."""
        return len(self._servers) + len(self._clients)

    def by_state(self) -> dict[str, int]:
        """How many there are of each side and state, such as `INVITE server Proceeding`."""
        counts: Counter[str] = Counter()
        for side, all_of in (("server", self._servers.all()), ("client", self._clients.values())):
            for transaction in all_of:
                kind = "INVITE" if transaction.is_invite else "non-INVITE"
                counts[f"{kind} {side} {transaction.state.value}"] += 1
        return dict(counts)

    # Server side

    def receive_request(self, request: Incoming, hop: Hop, now: float) -> Arrival:
        """A request that came in. hop: where its responses go (section 18.2.2)."""
        if request.method == _ACK:
            return self._receive_ack(request, now)
        known = self._servers.same(request)
        if known is not None:
            return self._repeated(known, now)
        if len(self._servers) >= self.most:
            self.counts["refused"] += 1
            return Arrival(ArrivalKind.REFUSED, None)
        kind, invite = ArrivalKind.NEW, None
        if request.method == _CANCEL:
            invite = self._servers.invite(request)
        elif self._servers.merged(request):
            self.counts["merged"] += 1
            kind = ArrivalKind.MERGED
        transaction = ServerTransaction(request, hop)
        self._servers.add(transaction)
        self._machine.begin(transaction, now)
        return _new(Arrival, (kind, transaction, invite, False))

    def _repeated(self, transaction: ServerTransaction, now: float) -> Arrival:
        self.counts["retransmissions_absorbed"] += 1
        step = self._machine.find(transaction, Input.REQUEST)
        if step is not None:
            self._machine.take(transaction, step, now)
        return Arrival(ArrivalKind.REPEATED, transaction)

    def _receive_ack(self, ack: Incoming, now: float) -> Arrival:
        """By its branch for a failure; for a 2xx by the dialog, as its branch is another one, but
        for old clients, whose ACK to a 2xx has the branch of the INVITE."""
        invite = self._servers.invite(ack)
        step = self._machine.find(invite, Input.ACK) if invite is not None else None
        if invite is not None and step is not None and not step.passes:
            is_first = invite.state is State.COMPLETED
            if not is_first:
                self.counts["retransmissions_absorbed"] += 1
            self._machine.take(invite, step, now)
            return Arrival(ArrivalKind.ACK_OF_FAILURE, None, invite, is_first)
        if step is None:
            invite = self._servers.accepted(ack)
        return _new(Arrival, (ArrivalKind.ACK, None, invite, False))

    def respond(
        self,
        transaction: ServerTransaction,
        status: int,
        data: bytes,
        now: float,
        *,
        repeat_success: bool = False,
    ) -> None:
        """Send a response. repeat_success: a 2xx to an INVITE is sent again, at T1, doubling to T2,
        until `acknowledge` (section 13.3.1.4); without an ACK, `Unacknowledged` is told.

        Raises: LocalProtocolError if the transaction may not have this response now.
        """
        what = _INPUTS.get(status // 100)
        step = self._machine.find(transaction, what) if what is not None else None
        if step is None:
            raise LocalProtocolError(_refusal(transaction, status))
        transaction.status = status
        transaction.response = data
        if status >= _FIRST_FINAL:
            transaction.request = None
        self._machine.take(transaction, step, now)
        if repeat_success and transaction.state is State.ACCEPTED:
            self._machine.repeat_success(transaction, now)

    def acknowledge(self, transaction: ServerTransaction) -> None:
        """The ACK to its 2xx came: it is not sent again."""
        self._machine.acknowledge(transaction)

    # Client side

    def send_request(
        self,
        data: bytes,
        method: bytes,
        branch: bytes,
        hop: Hop,
        now: float,
        *,
        user: Any = None,
    ) -> ClientTransaction:
        """Send a request of a new transaction. branch: of its topmost Via, which is ours.

        Raises: LocalProtocolError for an ACK, for a branch in use, and if there are too many.
        """
        if method == _ACK:
            raise LocalProtocolError("an ACK is no transaction: send it without one")
        if (branch, method) in self._clients:
            name = shown(method)
            raise LocalProtocolError(f"a {name} with branch {shown(branch)} is on its way already")
        if len(self._clients) >= self.most:
            self.counts["refused"] += 1
            raise LocalProtocolError(f"{self.most} requests are on their way: no more for now")
        transaction = ClientTransaction(data, method, branch, hop)
        transaction.user = user
        self._clients[branch, method] = transaction
        self._machine.begin(transaction, now)
        return transaction

    def receive_response(self, response: Incoming, now: float) -> ClientTransaction | None:
        """A response that came in: the transaction if it is for the TU, None if it is absorbed."""
        status = response.start.status
        transaction = self._clients.get((response.branch(), response.method))
        what = _INPUTS.get(status // 100)
        if transaction is None or what is None:
            self.counts["strays"] += 1
            self.outputs.append(Stray(response))
            return None
        step = self._machine.find(transaction, what)
        if step is None or not step.passes:
            self.counts["retransmissions_absorbed"] += 1
        else:
            transaction.status = status
        if step is None:
            return None
        self._machine.take(transaction, step, now, response)
        return transaction if step.passes else None

    def find_client(self, branch: bytes, method: bytes) -> ClientTransaction | None:
        """The transaction of the request that we sent with that branch."""
        return self._clients.get((branch, method))

    # Both sides

    def transport_failed(self, transaction: Transaction, now: float) -> None:
        """What it sent last could not be sent."""
        step = self._machine.find(transaction, Input.TRANSPORT_ERROR)
        if step is not None:
            self._machine.take(transaction, step, now)

    def abandon(self, transaction: Transaction, now: float) -> None:
        """End it at once and tell nobody."""
        if not transaction.is_over:
            self._machine.end(transaction)

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before something else happens."""
        return self._machine.timers.next()

    def handle_timer(self, now: float) -> None:
        """Do what is due by now."""
        while (transaction := self._machine.timers.pop(now)) is not None:
            self._machine.run_timer(transaction, now)

    def _forget(self, transaction: Transaction) -> None:
        if isinstance(transaction, ServerTransaction):
            self._servers.remove(transaction)
        elif isinstance(transaction, ClientTransaction):
            self._clients.pop((transaction.branch, transaction.method), None)
            if not self._clients:
                self._clients.clear()  # an emptied dict keeps the room it had at its fullest


def _refusal(transaction: ServerTransaction, status: int) -> str:
    what = f"{status} to {shown(transaction.method)}"
    if transaction.is_over:
        return f"{what}: its transaction is over"
    if not 100 <= status < 700:
        return f"{what}: a status is 100 to 699"
    return f"{what}: it has had its final response, {transaction.status}"
