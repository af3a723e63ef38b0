"""What the transaction layer tells whoever drives it."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple, TypeAlias

from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming
from seastool.sip.transactions.transaction import ClientTransaction, ServerTransaction


class Send(NamedTuple):
    """These bytes go that way. repeated: they went before."""

    data: bytes
    hop: Hop
    transaction: ServerTransaction | ClientTransaction | None
    repeated: bool


class TimedOut(NamedTuple):
    """Nobody answered in time: timer B or F of a request, H of a response that wants an ACK.

    C: an INVITE rings for too long; its transaction goes on, and is to be cancelled.
    """

    transaction: ServerTransaction | ClientTransaction
    timer: str


class TransportFailed(NamedTuple):
    """What the transaction sent could not be sent. A client transaction is over with that."""

    transaction: ServerTransaction | ClientTransaction


class Unacknowledged(NamedTuple):
    """A 2xx that was to be repeated until its ACK came never got one (section 13.3.1.4)."""

    transaction: ServerTransaction


class Terminated(NamedTuple):
    """The transaction has left the tables."""

    transaction: ServerTransaction | ClientTransaction


class Stray(NamedTuple):
    """A response to nothing that was asked."""

    response: Incoming


Output: TypeAlias = Send | TimedOut | TransportFailed | Unacknowledged | Terminated | Stray


class ArrivalKind(Enum):
    """What a request that came in is."""

    NEW = "new"
    REPEATED = "a retransmission; absorbed"
    ACK_OF_FAILURE = "the ACK to a 3xx-6xx; absorbed"
    ACK = "any other ACK"
    MERGED = "another copy of a request, by another way"
    REFUSED = "one too many"

    __hash__ = object.__hash__


class Arrival(NamedTuple):
    """What became of a request.

    transaction: its own; None for an ACK and for what was refused. invite: for a CANCEL, the
    INVITE that it is to cancel; for an ACK, the one whose final response it acknowledges.
    is_first: of an ACK to a 3xx-6xx, that none came before it.
    """

    kind: ArrivalKind
    transaction: ServerTransaction | None
    invite: ServerTransaction | None = None
    is_first: bool = False
