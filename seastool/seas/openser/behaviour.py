"""How one version of one proxy treats transactions, as data (docs/protocol.md: How servers differ).

`behaviours` has the values; nothing here, and nothing that asks here, knows a version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from seastool.seas.connection.action_reader import ReadFault
from seastool.seas.dialect import Dialect
from seastool.seas.openser.faults import FAULTS, Fault

MAX_KEPT_HEADERS: Final = 1024
"""Bytes of the buffer for the headers that the proxy keeps of an action; all versions."""
MAX_BINDS: Final = 10


class AckEvent(Enum):
    """How an ACK is reported."""

    TRANSACTION = "T_REQ_IN with the ids of the INVITE"
    STATELESS = "SL_REQ_IN"
    NOTHING = "not at all"


class Brackets(Enum):
    """When From and To of a request of the application server's have angle brackets."""

    NEVER = "never"
    NAME_OR_TAG = "with a display name or a tag"
    ALWAYS = "always"


class MaxForwards(Enum):
    """What tm adds to a request of the application server's."""

    NOTHING = "nothing"
    MISSING = "Max-Forwards, if there is none"
    ALWAYS = "Max-Forwards, even if there is one"


class CancelText(Enum):
    """Whose CANCEL an AC_CANCEL makes the proxy send."""

    ACTION = "one with the headers and body of the action, in a transaction of its own"
    TM = "tm's own; the text is ignored, and a failure is told although it went out"


class AckText(Enum):
    """How tm makes the ACK for a final response other than 2xx."""

    BUILT = "from the parts of the transaction, with User-Agent"
    COPIED = "from the request that was sent, in its order"


@dataclass(frozen=True, slots=True)
class Unresolvable:
    """What a request to an address that cannot be found fails with."""

    error: int
    reason: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Behaviour:
    """One proxy's ways. The defaults are OpenSER 1.2's.

    dialect: its quirks are those of the faults that are on. server: whom a mistake's text names.
    signature: what the Server header says. known: the faults this server has; faults: those on.
    trying, failure: reason phrases of its own 100 and 500.
    ack_2xx, ack_unmatched: an ACK to a 2xx, and one that matches nothing.
    waits_from_relay: the wait timer starts when the request is relayed, not with the final reply.
    fewer_routes_refused: a reply with fewer Record-Routes than its request is dropped.
    body_overruns: a body is as long as Content-Length says, whatever is there.
    first_cseq: what counts up to the first CSeq in place of 0; 0 for none.
    spiral_sent_home: a spiral request goes to the proxy itself.
    cancel_unknown_told: cancelling an unknown transaction fails; else nothing is said.
    ack_times_out: an ACK of the application server's is a transaction, which times out.
    cancel_timer: seconds to a CANCEL's faked 408; None for those of any other request.
    """

    dialect: Dialect
    server: str
    signature: bytes = b""
    known: frozenset[Fault] = frozenset()
    faults: frozenset[Fault] = frozenset()

    trying: bytes = b"Your call is important to us"
    failure: bytes = b"Server Internal Error!"
    ack_2xx: AckEvent = AckEvent.TRANSACTION
    ack_unmatched: AckEvent = AckEvent.STATELESS
    waits_from_relay: bool = False
    fewer_routes_refused: bool = True
    body_overruns: bool = True

    display_names: bool = False
    name_separator: bytes = b""
    brackets: Brackets = Brackets.NEVER
    max_forwards: MaxForwards = MaxForwards.NOTHING
    first_cseq: int = 0
    spiral_sent_home: bool = True
    unresolvable: Unresolvable = Unresolvable(-476, b"Unresolvable destination (476/SEAS/UAC)")

    cancel_text: CancelText = CancelText.ACTION
    cancel_unknown_told: bool = True
    ack_times_out: bool = True
    ack_text: AckText = AckText.BUILT

    def has(self, fault: Fault) -> bool:
        """Whether that fault is on."""
        return fault in self.faults

    @property
    def read_faults(self) -> frozenset[ReadFault]:
        """The faults that are on and that are about reading, for the connection."""
        found = (FAULTS[fault].read for fault in self.faults)
        return frozenset(read for read in found if read is not None)
