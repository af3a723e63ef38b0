"""Runs the tables: one step of one transaction at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from seastool.sip.incoming import Incoming
from seastool.sip.transactions.actor import TIMED, UNTIMED, Actor, Deed
from seastool.sip.transactions.outputs import Terminated
from seastool.sip.transactions.states import Action, Input, State
from seastool.sip.transactions.tables import (
    INVITE_CLIENT,
    INVITE_SERVER,
    NON_INVITE_CLIENT,
    NON_INVITE_SERVER,
    Machine,
)
from seastool.sip.transactions.timing import Timing
from seastool.sip.transactions.transaction import ServerTransaction, Transaction
from seastool.timers import NEVER, Timers

_RESENDING: Final = frozenset({Input.TIMER_A, Input.TIMER_E, Input.TIMER_G, Input.TIMER_2XX})
_new: Final = tuple.__new__  # calling Terminated costs three times as much


class Step(NamedTuple):
    """A line of a table, made ready. passes: it goes up to the TU. is_timed: it moves a timer."""

    state: State
    deeds: tuple[Deed, ...]
    passes: bool
    is_timed: bool


class Row(NamedTuple):
    """A state, made ready. resends, ends: the timers that may run in it."""

    steps: dict[Input, Step]
    resends: Input | None
    ends: Input | None


Rows: TypeAlias = dict[State, Row]


class Interpreter:
    """Takes transactions from state to state. ended: called once with each that is over."""

    def __init__(self, timing: Timing, ended: Callable[[Transaction], None]) -> None:
        self.actor = Actor(timing)
        self.timers: Timers[Transaction] = Timers()
        self._ended = ended

    def begin(self, transaction: Transaction, now: float) -> None:
        """The first step of a new transaction."""
        self.take(transaction, _machine_of(transaction)[0], now)

    def find(self, transaction: Transaction, what: Input) -> Step | None:
        """The step that the input leads to; None if it is not legal in this state."""
        row = _machine_of(transaction)[1].get(transaction.state)
        return row.steps.get(what) if row is not None else None

    def take(
        self, transaction: Transaction, step: Step, now: float, message: Incoming | None = None
    ) -> None:
        """Do it. message: the response that led to it."""
        transaction.state = step.state
        actor = self.actor
        for deed in step.deeds:
            deed(actor, transaction, now, message)
        if step.state is State.TERMINATED:
            self.end(transaction)
            actor.outputs.append(_new(Terminated, (transaction,)))
        elif step.is_timed:
            if transaction.ends_at <= now:  # a timer that is 0 over a reliable transport
                self.run_timer(transaction, now)
            else:
                self._set_timer(transaction)

    def run_timer(self, transaction: Transaction, now: float) -> None:
        """Do what is due of the transaction by now, once."""
        row = _machine_of(transaction)[1][transaction.state]
        if transaction.ends_at <= now:
            transaction.ends_at = NEVER
            what = row.ends
        else:
            what = row.resends
        if what is not None:
            self.take(transaction, row.steps[what], now)
        if transaction.state is not State.TERMINATED:
            self._set_timer(transaction)

    def repeat_success(self, transaction: ServerTransaction, now: float) -> None:
        """Let its 2xx be sent again until it is acknowledged."""
        self.actor.repeat_success(transaction, now)
        self._set_timer(transaction)

    def acknowledge(self, transaction: ServerTransaction) -> None:
        """The ACK to its 2xx came."""
        if transaction.repeats_success:
            transaction.repeats_success = False
            transaction.resends_at = NEVER
            self._set_timer(transaction)

    def end(self, transaction: Transaction) -> None:
        """The transaction is over, whatever its state."""
        transaction.state = State.TERMINATED
        transaction.resends_at = transaction.ends_at = NEVER
        self.timers.clear(transaction)
        self._ended(transaction)

    def _set_timer(self, transaction: Transaction) -> None:
        resends_at, ends_at = transaction.resends_at, transaction.ends_at
        self.timers.set(transaction, resends_at if resends_at < ends_at else ends_at)


def _step(state: State, actions: tuple[Action, ...]) -> Step:
    deeds = TIMED | UNTIMED
    done = tuple(deeds[action] for action in actions if action is not Action.PASS)
    return Step(state, done, Action.PASS in actions, any(action in TIMED for action in actions))


def _row(steps: dict[Input, Step]) -> Row:
    timers = [what for what in steps if what.name.startswith("TIMER_")]
    resends = [timer for timer in timers if timer in _RESENDING]
    ends = [timer for timer in timers if timer not in _RESENDING]
    return Row(steps, resends[0] if resends else None, ends[0] if ends else None)


def _ready(machine: Machine) -> tuple[Step, Rows]:
    rows = {
        state: _row({what: _step(*step) for what, step in lines.items()})
        for state, lines in machine.table.items()
    }
    return _step(*machine.first), rows


_CLIENTS: Final = (_ready(NON_INVITE_CLIENT), _ready(INVITE_CLIENT))
_SERVERS: Final = (_ready(NON_INVITE_SERVER), _ready(INVITE_SERVER))


def _machine_of(transaction: Transaction) -> tuple[Step, Rows]:
    machines = _SERVERS if isinstance(transaction, ServerTransaction) else _CLIENTS
    return machines[transaction.is_invite]
