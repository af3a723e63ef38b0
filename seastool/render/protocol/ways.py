"""How the servers' ways with transactions differ, as a table in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

from seastool.render.protocol.servers import held_by, servers
from seastool.seas.openser.behaviour import Behaviour, Brackets, CancelText, Unresolvable
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.uac_requests import counted

_BRACKETS: Final = {
    Brackets.NEVER: "no angle brackets",
    Brackets.NAME_OR_TAG: "angle brackets if there is a display name or a tag",
    Brackets.ALWAYS: "angle brackets",
}


class Way(NamedTuple):
    """Something that servers do differently, and how one of them does it."""

    what: str
    how: Callable[[Behaviour], str]


def _either(field: str, yes: str, no: str) -> Callable[[Behaviour], str]:
    return lambda one: yes if getattr(one, field) else no


def _addresses(one: Behaviour) -> str:
    return f"{_BRACKETS[one.brackets]}, {'the' if one.display_names else 'no'} display name"


def _cancel_response(one: Behaviour) -> str:
    if Fault.CANCEL_REPLIES_FAKED in one.known:
        return "is told as a faked 408 at once, whatever it is"
    return "is not told" if one.cancel_text is CancelText.TM else "is told"


WAYS: Final = (
    Way("the proxy's own 100 to an INVITE says", lambda one: f"`{one.trying.decode()}`"),
    Way(
        "the wait timer of a request that came in starts",
        _either("waits_from_relay", "when it is relayed", "with the final reply"),
    ),
    Way(
        "a reply with fewer Record-Routes than its request",
        _either(
            "fewer_routes_refused",
            "is dropped",
            "goes out with all of its own and those of the request",
        ),
    ),
    Way(
        "a body shorter than its Content-Length",
        _either(
            "body_overruns", "is filled up with what lies behind it in memory", "goes out as it is"
        ),
    ),
    Way("the ACK to a 2xx is told", lambda one: one.ack_2xx.value),
    Way("an ACK that matches no transaction is told", lambda one: one.ack_unmatched.value),
    Way("From and To of a `UAC_REQ` go out with", _addresses),
    Way("to a `UAC_REQ` the proxy adds", lambda one: one.max_forwards.value),
    Way(
        "CSeq 1 of a `UAC_REQ` goes out as", lambda one: str(counted(1, b"INVITE", one.first_cseq))
    ),
    Way(
        "a spiral `UAC_REQ` goes",
        _either("spiral_sent_home", "to the proxy's own socket", "where Route or request URI lead"),
    ),
    Way(
        "an ACK as `UAC_REQ`",
        _either(
            "ack_times_out",
            "is told as timed out by a faked 408, fr_timer later",
            "is not heard of again",
        ),
    ),
    Way("the proxy's ACK to a failure is made", lambda one: one.ack_text.value),
    Way("an `AC_CANCEL` sends", lambda one: one.cancel_text.value),
    Way(
        "an `AC_CANCEL` of an unknown transaction",
        _either("cancel_unknown_told", "fails with `AC_RES_FAIL` 1", "is dropped without a word"),
    ),
    Way("the response to a CANCEL by `AC_CANCEL`", _cancel_response),
)


def ways() -> Iterator[str]:
    """What differs, each way of doing it, and whose it is."""
    yield "| what | how | servers |\n|---|---|---|\n"
    for way in WAYS:
        what = way.what
        for told in dict.fromkeys(way.how(one) for one in servers()):
            yield f"| {what} | {told} | {held_by(partial(_does, way, told))} |\n"
            what = ""
    yield "\n"


def unresolvable() -> Iterator[str]:
    """How a request to an address that cannot be found fails, as rows of a table."""
    for failure in dict.fromkeys(one.unresolvable for one in servers()):
        who = held_by(partial(_fails_with, failure))
        when = f"a `UAC_REQ` to an address that is not found: {who}"
        yield f"| {failure.error} | `{failure.reason.decode()}` | {when} |\n"


def _fails_with(failure: Unresolvable, one: Behaviour) -> bool:
    return one.unresolvable == failure


def _does(way: Way, told: str, one: Behaviour) -> bool:
    return way.how(one) == told
