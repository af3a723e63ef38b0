"""What follows from what: the order in which causes are told, and what is not told at all.

`FOLLOWS` says of a cause from which others it may come. Of two diagnoses of which one follows
from the other, the other is told first; that holds over several steps, whether or not those
between were found. Nothing else orders them but how bad they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from seastool.interop.doctor.message_causes import MESSAGE_CAUSES
from seastool.interop.doctor.mistake_causes import MISTAKE_CAUSES
from seastool.interop.doctor.symptom import Diagnosis, Symptom
from seastool.interop.doctor.trace_causes import TRACE_CAUSES
from seastool.interop.finding import Severity

_ALL: Final = {cause.id: cause for cause in TRACE_CAUSES}


def _ids(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENING: Final = _ids(
    "port-refused port-silent wrong-port one-socket-only name-not-said name-in-pieces "
    "name-mismatch name-too-long name-taken opening-race name-unknown"
)
_READ_WRONG: Final = _ids("layout-mismatch length-field")
"""After which the proxy takes actions for others than were meant: any mistake may be only that."""
_UNREAD: Final = _READ_WRONG | _ids("action-length-zero action-too-long action-undecodable")
"""After which it does not do what the application server asks."""
_UNBOUND: Final = _ids("bind-socket bind-processor bind-full bind-held-back event-socket-blocked")
_REFUSED: Final = frozenset(cause.id for cause in MESSAGE_CAUSES if cause.id in _ALL)
_KILLING: Final = _ids("two-accepts other-scheme reply-without-to sl-without-via")
_GONE: Final = _ids("as-left proxy-left")
_UNSENT: Final = _ids(
    "uac-from-missing uac-from-tag uac-headers-missing uac-unparsable uac-not-request "
    "uac-destination action-failed uac-final-lost uac-timed-out"
)
"""Of a request of the application server's that came to nothing, or of whose end it heard nothing:
what it answers itself may wait for that."""
_UNDONE: Final = _UNREAD | _GONE | _KILLING | _UNSENT | _REFUSED
_MISTAKES: Final = frozenset(cause.id for cause in MISTAKE_CAUSES)
_EARLIER: Final = frozenset(cause.id for cause in TRACE_CAUSES if cause.severity > Severity.INFO)

FOLLOWS: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(_MISTAKES | {"pong-unknown", "action-undecodable"}, _READ_WRONG),
    # Nobody there, nothing bound.
    "port-refused": _KILLING | _ids("proxy-left"),
    "port-silent": _KILLING | _ids("proxy-left"),
    "as-not-connected": _OPENING | _GONE,
    "bind-missing": _UNBOUND | _UNREAD,
    "event-missing": _UNBOUND | _UNREAD,
    "request-ignored": _KILLING | _GONE | _UNREAD,
    # Who left, and why.
    "proxy-left": _KILLING | _UNREAD | _ids("pings-lost reply-unknown"),
    "as-left": _ids("event-undecodable"),
    "pings-lost": _KILLING | _UNREAD,
    # Requests without their reply.
    "as-silent": _UNDONE | _ids("event-undecodable bind-processor reply-unknown"),
    "unanswered": _UNDONE | _ids("event-undecodable reply-unknown reply-late"),
    "reply-late": _READ_WRONG | _UNSENT,
    "reply-not-sent": _UNREAD | _KILLING | _GONE | _ids("reply-unknown"),
    "cancel-unmatched": _UNDONE
    | _ids("as-silent unanswered reply-late reply-unknown reply-not-sent"),
    "retransmissions": _EARLIER - _ids("retransmissions"),
    # The application server's own requests.
    "uac-timed-out": _UNREAD | _GONE,
    "uac-final-lost": _GONE,
    "uac-provisional-lost": _GONE,
    # ACKs.
    "uac-ack-missing": _READ_WRONG
    | _REFUSED
    | _GONE
    | _ids("uac-final-lost event-undecodable ack-unseen"),
    "ack-missing": _ids("reply-without-tag reply-tag-changed reply-without-to"),
    "ack-unseen": _REFUSED | _GONE | _ids("as-not-connected event-missing reply-late"),
}
"""Of each cause, those that it may follow from."""

ECHOES: Final = _ids("cancel-unmatched retransmissions uac-ack-missing ack-unseen")
"""They say nothing more where something is told that they follow from: of the same call; or, of
what the proxy does not read, at any time before, for that lasts."""


def _closed(follows: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Over all steps. Raises: ValueError if something would follow from itself."""
    closed: dict[str, frozenset[str]] = {}

    def close(id: str, below: tuple[str, ...]) -> frozenset[str]:
        if id in below:
            raise ValueError(f"{id} follows from itself: {' <- '.join(below)}")
        if id not in closed:
            direct = follows.get(id, frozenset())
            closed[id] = direct.union(*(close(one, (*below, id)) for one in direct))
        return closed[id]

    for id in follows:
        close(id, ())
    return closed


CAUSES_OF: Final = _closed(FOLLOWS)
"""As `FOLLOWS`, over all steps."""


def without_echoes(symptoms: Iterable[Symptom]) -> list[Symptom]:
    """All but those that only repeat what another symptom has told."""
    found = list(symptoms)
    by_call: dict[bytes, set[str]] = {}
    lasting: dict[str, int] = {}
    for symptom in found:
        if symptom.call_id:
            by_call.setdefault(symptom.call_id, set()).add(symptom.cause)
        if symptom.cause in _UNREAD:
            lasting.setdefault(symptom.cause, symptom.time_ns)
            lasting[symptom.cause] = min(lasting[symptom.cause], symptom.time_ns)

    def is_echo(symptom: Symptom) -> bool:
        told = by_call.get(symptom.call_id, set())
        before = {cause for cause, since in lasting.items() if since <= symptom.time_ns}
        return not CAUSES_OF[symptom.cause].isdisjoint(told | before)

    return [one for one in found if one.cause not in ECHOES or not is_echo(one)]


def in_order(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Each behind all that it follows from, which is noted in it; else the worst first, where what
    a cause has brought about counts for it; else as `TRACE_CAUSES` has them."""
    place = {id: number for number, id in enumerate(_ALL)}
    left = sorted(found, key=lambda one: (-_weight(one, found), place[one.cause.id]))
    ordered: list[Diagnosis] = []
    while left:
        first = next(one for one in left if not any(_follows(one, other) for other in left))
        first.follows = [one.cause.id for one in ordered if _follows(first, one)]
        left.remove(first)
        ordered.append(first)
    return ordered


def _weight(diagnosis: Diagnosis, found: Iterable[Diagnosis]) -> int:
    brought = [other.cause.severity for other in found if _follows(other, diagnosis)]
    return max([diagnosis.cause.severity, *brought])


def _follows(diagnosis: Diagnosis, other: Diagnosis) -> bool:
    """Whether it may come from the other one, which was there before it came true."""
    if other.cause.id not in CAUSES_OF.get(diagnosis.cause.id, frozenset()):
        return False
    since = min(symptom.time_ns for symptom in other.symptoms)
    return since <= max(max(one.time_ns, one.due_ns) for one in diagnosis.symptoms)
