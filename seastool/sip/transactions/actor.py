"""Does the actions of the tables: sends, tells, starts and stops timers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from seastool.sip.incoming import Incoming
from seastool.sip.transactions.hop_by_hop import ack_for
from seastool.sip.transactions.outputs import (
    Output,
    Send,
    TimedOut,
    TransportFailed,
    Unacknowledged,
)
from seastool.sip.transactions.states import Action
from seastool.sip.transactions.timing import Timing
from seastool.sip.transactions.transaction import (
    ClientTransaction,
    ServerTransaction,
    Transaction,
)
from seastool.timers import NEVER

_new: Final = tuple.__new__  # calling Send costs three times as much


class Actor:
    """Whoever does the actions. outputs: what it told, in order. counts: what happened how often.

    All actions take the transaction, the time and the response that led to them, if one did:
    the tables do not tell them apart.
    """

    def __init__(self, timing: Timing) -> None:
        self.timing = timing
        self.outputs: list[Output] = []
        self.counts: Counter[str] = Counter()
        # Kept, as each is worked out anew when asked for.
        self._t1, self._t2, self._t4 = timing.t1, timing.t2, timing.t4
        self._patience, self._c, self._d = timing.patience, timing.c, timing.d

    def send_request(self, transaction: ClientTransaction, now: float, _: Any) -> None:
        """The first time."""
        self._send(transaction.request, transaction)

    def repeat_request(self, transaction: ClientTransaction, now: float, _: Any) -> None:
        """A and E."""
        self._repeat(transaction.request, transaction)

    def send_response(self, transaction: ServerTransaction, now: float, _: Any) -> None:
        """The first time."""
        self._send(transaction.response, transaction)

    def repeat_response(self, transaction: ServerTransaction, now: float, _: Any) -> None:
        """The last one, if there is one."""
        if transaction.response:
            self._repeat(transaction.response, transaction)

    def send_ack(self, transaction: ClientTransaction, now: float, response: Incoming) -> None:
        """To a 3xx-6xx."""
        transaction.ack = ack_for(transaction.request, response)
        self._send(transaction.ack, transaction)

    def repeat_ack(self, transaction: ClientTransaction, now: float, _: Any) -> None:
        """The same ACK to the same response."""
        self._repeat(transaction.ack, transaction)

    def _send(self, data: bytes, transaction: Transaction) -> None:
        self.outputs.append(_new(Send, (data, transaction.hop, transaction, False)))

    def _repeat(self, data: bytes, transaction: Transaction) -> None:
        self.counts["retransmissions_sent"] += 1
        self.outputs.append(_new(Send, (data, transaction.hop, transaction, True)))

    def tell_timeout(self, transaction: Any, timer: str) -> None:
        """One of the timers that the TU hears of."""
        self.counts[f"timeouts_{timer}"] += 1
        self.outputs.append(TimedOut(transaction, timer))

    def tell_error(self, transaction: Any, now: float, _: Any) -> None:
        """Of the transport."""
        self.counts["transport_failures"] += 1
        self.outputs.append(TransportFailed(transaction))

    def tell_unacknowledged(self, transaction: ServerTransaction, now: float, _: Any) -> None:
        """Only if it was to be repeated until the ACK came, as that is for others to do else."""
        if transaction.repeats_success:
            self.counts["unacknowledged"] += 1
            self.outputs.append(Unacknowledged(transaction))

    def stop(self, transaction: Transaction, now: float, _: Any) -> None:
        """All timers."""
        transaction.resends_at = transaction.ends_at = NEVER

    def repeat_success(self, transaction: ServerTransaction, now: float) -> None:
        """Until the ACK comes, over any transport."""
        transaction.repeats_success = True
        _resend(transaction, now, self._t1)

    def start_resending(self, transaction: Transaction, now: float, _: Any) -> None:
        """A, E and G."""
        if not transaction.hop.is_reliable:
            _resend(transaction, now, self._t1)

    def double(self, transaction: Transaction, now: float, _: Any) -> None:
        """A."""
        _resend(transaction, now, 2 * transaction.interval)

    def double_to_t2(self, transaction: Transaction, now: float, _: Any) -> None:
        """E and G."""
        _resend(transaction, now, min(2 * transaction.interval, self._t2))

    def every_t2(self, transaction: Transaction, now: float, _: Any) -> None:
        """E, after a provisional response."""
        _resend(transaction, now, self._t2)

    def end_after_patience(self, transaction: Transaction, now: float, _: Any) -> None:
        """B, F, H, L and M."""
        transaction.ends_at = now + self._patience

    def start_c(self, transaction: Transaction, now: float, _: Any) -> None:
        """Section 16.7 item 2: 100 does not start it anew."""
        if self._c is not None and (transaction.status > 100 or transaction.ends_at == NEVER):
            transaction.ends_at = now + self._c

    def start_d(self, transaction: Transaction, now: float, _: Any) -> None:
        """D."""
        transaction.ends_at = now + (0 if transaction.hop.is_reliable else self._d)

    def start_j(self, transaction: Transaction, now: float, _: Any) -> None:
        """J."""
        transaction.ends_at = now + (0 if transaction.hop.is_reliable else self._patience)

    def end_after_t4(self, transaction: Transaction, now: float, _: Any) -> None:
        """I and K."""
        transaction.ends_at = now + (0 if transaction.hop.is_reliable else self._t4)


def _resend(transaction: Transaction, now: float, interval: float) -> None:
    transaction.interval = interval
    transaction.resends_at = now + interval


Deed: TypeAlias = Callable[[Actor, Any, float, Any], None]


def _telling(timer: str) -> Deed:
    return lambda actor, transaction, now, _: actor.tell_timeout(transaction, timer)


TIMED: Final[dict[Action, Deed]] = {
    Action.STOP: Actor.stop,
    Action.START_A: Actor.start_resending,
    Action.START_B: Actor.end_after_patience,
    Action.START_C: Actor.start_c,
    Action.START_D: Actor.start_d,
    Action.START_E: Actor.start_resending,
    Action.START_F: Actor.end_after_patience,
    Action.START_G: Actor.start_resending,
    Action.START_H: Actor.end_after_patience,
    Action.START_I: Actor.end_after_t4,
    Action.START_J: Actor.start_j,
    Action.START_K: Actor.end_after_t4,
    Action.START_L: Actor.end_after_patience,
    Action.START_M: Actor.end_after_patience,
    Action.DOUBLE: Actor.double,
    Action.DOUBLE_TO_T2: Actor.double_to_t2,
    Action.EVERY_T2: Actor.every_t2,
}
"""Those that move a timer."""
UNTIMED: Final[dict[Action, Deed]] = {
    Action.SEND_REQUEST: Actor.send_request,
    Action.REPEAT_REQUEST: Actor.repeat_request,
    Action.SEND_RESPONSE: Actor.send_response,
    Action.REPEAT_RESPONSE: Actor.repeat_response,
    Action.SEND_ACK: Actor.send_ack,
    Action.REPEAT_ACK: Actor.repeat_ack,
    Action.TELL_TIMEOUT_B: _telling("B"),
    Action.TELL_TIMEOUT_C: _telling("C"),
    Action.TELL_TIMEOUT_F: _telling("F"),
    Action.TELL_TIMEOUT_H: _telling("H"),
    Action.TELL_ERROR: Actor.tell_error,
    Action.TELL_UNACKNOWLEDGED: Actor.tell_unacknowledged,
}
"""The others, but for PASS, which is the caller's to do."""
