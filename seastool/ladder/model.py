"""What a ladder shows, whoever draws it: lifelines, arrows between them, calls, marks.

All texts are as on the wire: whoever draws them escapes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from seastool.capture.decoded import Decoded

# Types of units that are never of a call.
HOUSEKEEPING: Final = frozenset(
    {"name", "socket info", "BIND", "UNBIND", "PING", "JAIN_PONG", "gap"}
)


class Role(StrEnum):
    """What stands at an end of an arrow."""

    PHONE = "phone"
    PROXY = "proxy"
    SERVER = "application server"


class Kind(StrEnum):
    """What an arrow is: a SIP message, a unit of SEAS, or a place where something is lost."""

    SIP = "sip"
    SEAS = "seas"
    GAP = "gap"


class Severity(StrEnum):
    """How bad what a mark tells is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(slots=True)
class Mark:
    """What is to be told of a packet: found by the ladder itself, or by whoever adds to it.

    arrow: the arrow's index in its call, where a packet may carry several; -1 for the first.
    call_id: of the call that is meant, where a packet may carry frames of several; empty for the
    first.
    """

    packet: int
    severity: Severity
    text: str
    arrow: int = -1
    call_id: str = ""


@dataclass(slots=True, eq=False)
class Endpoint:
    """Who speaks. An address that turns out to be another's points to that one by `same`."""

    role: Role
    name: str
    addresses: list[str] = field(default_factory=list)
    same: Endpoint | None = None
    speaks_seas: bool = False

    @property
    def whole(self) -> Endpoint:
        """The endpoint that this one turned out to be part of; itself, mostly."""
        end = self
        while end.same is not None:
            end = end.same
        return end


@dataclass(slots=True)
class Lifeline:
    """A column of one call. address: the first of the endpoint's."""

    role: Role
    name: str
    address: str
    endpoint: Endpoint


@dataclass(slots=True)
class Arrow:
    """One SIP message or frame.

    source, target: indices of the call's lifelines. packet, time_ns: as in the capture.
    method, subject: of a request its method and URI; status, subject: of a response status and
    reason. cseq, cseq_method: of the SIP message, else of the request that it answers.
    repeats: the arrow that this one is a retransmission of. answers: the request (of an ACK, the
    final response) on the same hop, answer_ns how long ago that was. follows: what came in on the
    other side of the proxy and is passed on by this, follow_ns how long it took.
    All three are indices of the call's arrows, None where there is none.
    """

    packet: int
    time_ns: int
    kind: Kind
    type_name: str
    size: int
    ends: tuple[Endpoint, Endpoint]
    method: str = ""
    status: int = 0
    subject: str = ""
    note: str = ""
    hash_index: int | None = None
    label: int | None = None
    uac_id: int | None = None
    cseq: int | None = None
    cseq_method: str = ""
    branch: bytes = b""
    to_tag: bytes = b""
    digest: int = 0
    error: str = ""
    is_faked: bool = False
    source: int = 0
    target: int = 0
    repeats: int | None = None
    answers: int | None = None
    answer_ns: int | None = None
    follows: int | None = None
    follow_ns: int | None = None
    decoded: Decoded | None = None

    @property
    def is_retransmission(self) -> bool:
        """Whether the same was sent before on the same hop."""
        return self.repeats is not None

    @property
    def text(self) -> str:
        """What stands on the arrow: type of a frame, start line of the SIP in it, flags."""
        parts = [self.type_name] if self.kind is Kind.SEAS else []
        if self.method:
            parts.append(f"{self.method} {self.subject}")
        elif self.status:
            parts.append(f"{self.status} {self.subject}".rstrip(" "))
        elif self.subject:
            parts.append(self.subject)
        if self.note:
            parts.append(f"({self.note})")
        return " ".join(parts) or self.type_name

    @property
    def transaction(self) -> str:
        """``hash:label`` and ``uac id``, as far as the frame names them."""
        parts = [] if self.hash_index is None else [f"{self.hash_index}:{self.label}"]
        if self.uac_id is not None:
            parts.append(f"uac {self.uac_id}")
        return " ".join(parts)


@dataclass(slots=True)
class Call:
    """All of one Call-ID, in the order of the capture; the Call-ID is empty for what has none.

    from_uri, to_uri: of its first request. result: method and final status of that, or what came
    instead.
    """

    call_id: str
    arrows: list[Arrow] = field(default_factory=list)
    lifelines: list[Lifeline] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    from_uri: str = ""
    to_uri: str = ""
    result: str = ""
    final_status: int = 0

    @property
    def start_ns(self) -> int:
        """When its first message passed."""
        return min((arrow.time_ns for arrow in self.arrows), default=0)

    @property
    def duration_ns(self) -> int:
        """From its first message to its last."""
        return max((arrow.time_ns for arrow in self.arrows), default=0) - self.start_ns

    def placed_marks(self) -> dict[int, list[Mark]]:
        """The marks by the index of the arrow at which they stand."""
        first: dict[int, int] = {}
        for i, arrow in enumerate(self.arrows):
            first.setdefault(arrow.packet, i)
        placed: dict[int, list[Mark]] = {}
        for mark in self.marks:
            index = mark.arrow if mark.arrow >= 0 else first.get(mark.packet, 0)
            placed.setdefault(index, []).append(mark)
        return placed


@dataclass(slots=True)
class Ladder:
    """The calls of a capture, in the order in which they began.

    start_ns: the time of the capture's first packet. first: the number of the first call, where
    those before it were left out. others: what belongs to no call. marks:
    those at packets that are in no call. dropped: what did not fit the limits, by what it is.
    """

    start_ns: int = 0
    end_ns: int = 0
    first: int = 1
    calls: list[Call] = field(default_factory=list)
    others: Call = field(default_factory=lambda: Call(""))
    marks: list[Mark] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def joinless(self) -> int:
        """How many messages and frames ought to be of a call and are of none that is known; pings
        and the like are not among them."""
        return sum(arrow.type_name not in HOUSEKEEPING for arrow in self.others.arrows)

    def add_marks(self, marks: Sequence[Mark]) -> None:
        """Put marks where their packets are: each once, at the call it names, else at the first
        call that has the packet."""
        homes = {(arrow.packet, ""): self.others for arrow in self.others.arrows}
        for call in reversed(self.calls):
            for arrow in call.arrows:
                homes[arrow.packet, call.call_id] = homes[arrow.packet, ""] = call
        for mark in marks:
            first = homes.get((mark.packet, ""))
            home = homes.get((mark.packet, mark.call_id), first)
            (self.marks if home is None else home.marks).append(mark)
