"""Faults of real proxies, by name (docs/protocol.md: What servers get wrong).

A fault that shows on the wire is part of behaving like a server; one that ends a server, or makes
it loop, is only there if it is switched on by name.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from seastool.errors import SeasError
from seastool.seas.connection.action_reader import ReadFault
from seastool.seas.dialect import Quirk


class UnknownFault(SeasError):
    """No fault of a real proxy goes by that name."""


class Fault(StrEnum):
    """The name of a fault, as options and scenarios spell it."""

    # On the wire: messages and transactions
    CONTENT_LENGTH_ZERO = "content-length-zero"
    CONTENT_LENGTH_REQUIRED = "content-length-required"
    FINAL_REPLIES_LOST = "final-replies-lost"
    PROVISIONAL_REPLIES_LOST = "provisional-replies-lost"
    CANCEL_REPLIES_FAKED = "cancel-replies-faked"
    FAILURE_LENGTH_SWAPPED = "failure-length-swapped"
    STATELESS_RESPONSE_LOST = "stateless-response-lost"
    SOCKETS_LABELLED_UDP = "sockets-labelled-udp"
    # On the wire: connections
    LONG_ACTION_CLOSES = "long-action-closes"
    UNKNOWN_EVENT_ACTION_BLOCKS = "unknown-event-action-blocks"
    ONE_ACTION_PER_READ = "one-action-per-read"
    LENGTH_SIGN_EXTENDED = "length-sign-extended"
    LONE_UNBIND_WAITS = "lone-unbind-waits"
    NAME_IN_ONE_PIECE = "name-in-one-piece"
    HALF_OPEN_SLOTS = "half-open-slots"
    # The end of the server, of one of its processes, or of its patience
    TWO_ACCEPTS_KILL = "two-accepts-kill"
    OTHER_SCHEME_KILLS = "other-scheme-kills"
    ACK_CRASH = "ack-crash"
    REPLY_UNKNOWN_CRASH = "reply-unknown-crash"
    REPLY_WITHOUT_TO_CRASH = "reply-without-to-crash"
    REPLY_TO_UAC_CRASH = "reply-to-uac-crash"
    STATELESS_WITHOUT_VIA_CRASH = "stateless-without-via-crash"
    MEMORY_CORRUPTION = "memory-corruption"
    ACTION_LENGTH_ZERO_LOOPS = "action-length-zero-loops"
    SPINNING_RACE = "spinning-race"


class FaultInfo(NamedTuple):
    """What a fault is.

    ends: it ends the server or a part of it, or makes it loop. quirk: what the dialect calls it.
    read: what the connection calls it.
    """

    doc: str
    ends: bool = False
    quirk: Quirk | None = None
    read: ReadFault | None = None


def _quirk(quirk: Quirk, *, ends: bool = False) -> FaultInfo:
    return FaultInfo(str(quirk), ends, quirk=quirk)


def _read(fault: ReadFault, *, ends: bool = False) -> FaultInfo:
    return FaultInfo(str(fault), ends, read=fault)


F, Q, R = Fault, Quirk, ReadFault
FAULTS: Final[dict[Fault, FaultInfo]] = {
    F.CONTENT_LENGTH_ZERO: _quirk(Q.CONTENT_LENGTH_ZERO_REFUSED),
    F.CONTENT_LENGTH_REQUIRED: _quirk(Q.CONTENT_LENGTH_REQUIRED),
    F.FINAL_REPLIES_LOST: _quirk(Q.FINAL_REPLIES_LOST),
    F.PROVISIONAL_REPLIES_LOST: FaultInfo(
        "provisional responses to a UAC_REQ are not reported (they are with tm's "
        "pass_provisional_replies=1)"
    ),
    F.CANCEL_REPLIES_FAKED: FaultInfo(
        "an AC_CANCEL is reported as timed out at once, whatever answers it"
    ),
    F.FAILURE_LENGTH_SWAPPED: _quirk(Q.FAILURE_LENGTH_SWAPPED),
    F.STATELESS_RESPONSE_LOST: FaultInfo(
        "a response in SL_MSG is not sent: its status is taken for a URI"
    ),
    F.SOCKETS_LABELLED_UDP: _quirk(Q.SOCKETS_LABELLED_UDP),
    F.LONG_ACTION_CLOSES: _read(R.LONG_ACTION_CLOSES),
    F.UNKNOWN_EVENT_ACTION_BLOCKS: _read(R.UNKNOWN_ACTION_BLOCKS),
    F.ONE_ACTION_PER_READ: _read(R.ONE_ACTION_PER_READ),
    F.LENGTH_SIGN_EXTENDED: _read(R.LENGTH_SIGN_EXTENDED),
    F.LONE_UNBIND_WAITS: _read(R.LONE_UNBIND_WAITS),
    F.NAME_IN_ONE_PIECE: _read(R.NAME_IN_ONE_PIECE),
    F.HALF_OPEN_SLOTS: _read(R.HALF_OPEN_SLOTS),
    F.TWO_ACCEPTS_KILL: _quirk(Q.TWO_ACCEPTS_KILL, ends=True),
    F.OTHER_SCHEME_KILLS: _quirk(Q.OTHER_SCHEME_KILLS, ends=True),
    F.ACK_CRASH: FaultInfo("the ACK for a final reply other than 2xx kills the server", True),
    F.REPLY_UNKNOWN_CRASH: FaultInfo(
        "a reply to an unknown transaction kills the process that reads the actions", True
    ),
    F.REPLY_WITHOUT_TO_CRASH: FaultInfo(
        "a reply without a To header kills the process that reads the actions", True
    ),
    F.REPLY_TO_UAC_CRASH: FaultInfo(
        "a reply to the application server's own request kills the process that reads the actions",
        True,
    ),
    F.STATELESS_WITHOUT_VIA_CRASH: FaultInfo(
        "an SL_MSG without Via kills the process that reads the actions", True
    ),
    F.MEMORY_CORRUPTION: FaultInfo(
        "replies and requests of the application server write before tm's statistics: the server "
        "aborts after some of them",
        True,
    ),
    F.ACTION_LENGTH_ZERO_LOOPS: _read(R.ZERO_LENGTH_LOOPS, ends=True),
    F.SPINNING_RACE: _read(R.SPINNING_RACE, ends=True),
}


def parse_faults(names: Iterable[str]) -> frozenset[Fault]:
    """Faults by their names. Raises: UnknownFault, saying what there is."""
    found = set()
    for name in names:
        try:
            found.add(Fault(name.strip().lower()))
        except ValueError:
            known = ", ".join(Fault)
            raise UnknownFault(f"no fault of a proxy {name[:40]!r}; there are: {known}") from None
    return frozenset(found)
