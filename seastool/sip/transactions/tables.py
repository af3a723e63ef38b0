"""The four state machines as tables: RFC 3261 figures 5 to 8 as RFC 6026 has changed them.

What a table has no line for is not legal: the TU may not do it, and what comes from outside is
absorbed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from seastool.sip.transactions.states import Action, Input, State

Step: TypeAlias = tuple[State, tuple[Action, ...]]
Table: TypeAlias = Mapping[State, Mapping[Input, Step]]

_CALLING, _TRYING, _PROCEEDING = State.CALLING, State.TRYING, State.PROCEEDING
_COMPLETED, _CONFIRMED = State.COMPLETED, State.CONFIRMED
_ACCEPTED, _TERMINATED = State.ACCEPTED, State.TERMINATED
_OVER: Final[Step] = (_TERMINATED, ())


class Machine(NamedTuple):
    """One kind of transaction. first: how it begins."""

    name: str
    first: Step
    table: Table


_SUCCESS: Final[Step] = (_ACCEPTED, (Action.STOP, Action.START_M, Action.PASS))
_FAILURE: Final[Step] = (
    _COMPLETED,
    (Action.STOP, Action.SEND_ACK, Action.START_D, Action.PASS),
)

INVITE_CLIENT: Final = Machine(
    "INVITE client",
    (_CALLING, (Action.SEND_REQUEST, Action.START_A, Action.START_B)),
    {
        _CALLING: {
            Input.TIMER_A: (_CALLING, (Action.REPEAT_REQUEST, Action.DOUBLE)),
            Input.TIMER_B: (_TERMINATED, (Action.TELL_TIMEOUT_B,)),
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
            Input.PROVISIONAL: (_PROCEEDING, (Action.STOP, Action.START_C, Action.PASS)),
            Input.SUCCESS: _SUCCESS,
            Input.FAILURE: _FAILURE,
        },
        _PROCEEDING: {
            Input.PROVISIONAL: (_PROCEEDING, (Action.START_C, Action.PASS)),
            Input.TIMER_C: (_PROCEEDING, (Action.TELL_TIMEOUT_C,)),
            Input.SUCCESS: _SUCCESS,
            Input.FAILURE: _FAILURE,
        },
        _COMPLETED: {
            Input.FAILURE: (_COMPLETED, (Action.REPEAT_ACK,)),
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
            Input.TIMER_D: _OVER,
        },
        _ACCEPTED: {
            Input.SUCCESS: (_ACCEPTED, (Action.PASS,)),
            Input.TIMER_M: _OVER,
        },
    },
)

_ANSWERED: Final[Step] = (_COMPLETED, (Action.STOP, Action.START_K, Action.PASS))

NON_INVITE_CLIENT: Final = Machine(
    "non-INVITE client",
    (_TRYING, (Action.SEND_REQUEST, Action.START_E, Action.START_F)),
    {
        _TRYING: {
            Input.TIMER_E: (_TRYING, (Action.REPEAT_REQUEST, Action.DOUBLE_TO_T2)),
            Input.TIMER_F: (_TERMINATED, (Action.TELL_TIMEOUT_F,)),
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
            Input.PROVISIONAL: (_PROCEEDING, (Action.PASS,)),
            Input.SUCCESS: _ANSWERED,
            Input.FAILURE: _ANSWERED,
        },
        _PROCEEDING: {
            Input.TIMER_E: (_PROCEEDING, (Action.REPEAT_REQUEST, Action.EVERY_T2)),
            Input.TIMER_F: (_TERMINATED, (Action.TELL_TIMEOUT_F,)),
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
            Input.PROVISIONAL: (_PROCEEDING, (Action.PASS,)),
            Input.SUCCESS: _ANSWERED,
            Input.FAILURE: _ANSWERED,
        },
        _COMPLETED: {
            Input.TIMER_K: _OVER,
        },
    },
)

# An INVITE server outlives a response that could not be sent (RFC 6026 section 7.1).
INVITE_SERVER: Final = Machine(
    "INVITE server",
    (_PROCEEDING, ()),
    {
        _PROCEEDING: {
            Input.REQUEST: (_PROCEEDING, (Action.REPEAT_RESPONSE,)),
            Input.PROVISIONAL: (_PROCEEDING, (Action.SEND_RESPONSE,)),
            Input.SUCCESS: (_ACCEPTED, (Action.SEND_RESPONSE, Action.START_L)),
            Input.FAILURE: (
                _COMPLETED,
                (Action.SEND_RESPONSE, Action.START_G, Action.START_H),
            ),
            Input.TRANSPORT_ERROR: (_PROCEEDING, (Action.TELL_ERROR,)),
        },
        _COMPLETED: {
            Input.REQUEST: (_COMPLETED, (Action.REPEAT_RESPONSE,)),
            Input.ACK: (_CONFIRMED, (Action.STOP, Action.START_I)),
            Input.TIMER_G: (_COMPLETED, (Action.REPEAT_RESPONSE, Action.DOUBLE_TO_T2)),
            Input.TIMER_H: (_TERMINATED, (Action.TELL_TIMEOUT_H,)),
            Input.TRANSPORT_ERROR: (_COMPLETED, (Action.TELL_ERROR,)),
        },
        _CONFIRMED: {
            Input.REQUEST: (_CONFIRMED, ()),
            Input.ACK: (_CONFIRMED, ()),
            Input.TIMER_I: _OVER,
        },
        _ACCEPTED: {
            Input.REQUEST: (_ACCEPTED, ()),
            Input.ACK: (_ACCEPTED, (Action.PASS,)),
            Input.SUCCESS: (_ACCEPTED, (Action.SEND_RESPONSE,)),
            Input.TIMER_2XX: (_ACCEPTED, (Action.REPEAT_RESPONSE, Action.DOUBLE_TO_T2)),
            Input.TIMER_L: (_TERMINATED, (Action.TELL_UNACKNOWLEDGED,)),
            Input.TRANSPORT_ERROR: (_ACCEPTED, (Action.TELL_ERROR,)),
        },
    },
)

_FINAL: Final[Step] = (_COMPLETED, (Action.SEND_RESPONSE, Action.START_J))

NON_INVITE_SERVER: Final = Machine(
    "non-INVITE server",
    (_TRYING, ()),
    {
        _TRYING: {
            Input.REQUEST: (_TRYING, ()),
            Input.PROVISIONAL: (_PROCEEDING, (Action.SEND_RESPONSE,)),
            Input.SUCCESS: _FINAL,
            Input.FAILURE: _FINAL,
        },
        _PROCEEDING: {
            Input.REQUEST: (_PROCEEDING, (Action.REPEAT_RESPONSE,)),
            Input.PROVISIONAL: (_PROCEEDING, (Action.SEND_RESPONSE,)),
            Input.SUCCESS: _FINAL,
            Input.FAILURE: _FINAL,
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
        },
        _COMPLETED: {
            Input.REQUEST: (_COMPLETED, (Action.REPEAT_RESPONSE,)),
            Input.TIMER_J: _OVER,
            Input.TRANSPORT_ERROR: (_TERMINATED, (Action.TELL_ERROR,)),
        },
    },
)
