"""Which dialect a proxy speaks, told from its frames, with the reasons.

By elimination: every fact (see `evidence`) strikes out the dialects that do not fit it, and every
message (see `samples`) those that encode its SIP text in another way, as long as one gives its
bytes. Facts that strike out the last one contradict each other; then the dialects that fit most
count.

That a server would have refused a message strikes nothing out: it may have a cure, or be a gateway
that speaks as it does. Of the dialects left, the one is taken that the proxy's Server header names,
else those that would have refused the least.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup, names, range_of
from seastool.seas.evidence import (
    Fact,
    action_layout,
    action_name,
    fits,
    is_refusal,
    message_facts,
    sentence,
)
from seastool.seas.ranges import describe
from seastool.seas.samples import Samples, encoding
from seastool.seas.types import Layout, Socket

MAX_MESSAGES: Final = 200  # events looked at before the detector takes what it has
MAX_ACTIONS: Final = 50
MAX_LATE: Final = 100  # later messages that are tried in all dialects left, and fit none
TRIED_IN_ALL: Final = 4
SAME_BYTES: Final = "encoding the SIP text gives the same bytes"
TEXT_REFUSED: Final = "SIP text that some parsers refuse was passed on"


@cache
def candidates() -> tuple[Dialect, ...]:
    """Every known dialect, the most likely first: the one that ``kamailio`` stands for, Kamailio's
    others from the newest down, then OpenSER's, OpenSIPS', and last those that Kamailio inherited.
    """
    known = [lookup(name) for name in reversed(names())]
    rank = {"openser": 1, "opensips": 2}
    current = lookup("kamailio").name

    def likely(dialect: Dialect) -> int:
        if dialect.name == current:
            return -1
        family = dialect.name.partition("-")[0]
        return rank.get(family, 0 if dialect.layout is Layout.B else 3)

    return tuple(sorted(known, key=likely))


@cache
def _all() -> int:
    return (1 << len(candidates())) - 1


@cache
def _fitting(fact: Fact) -> int:
    """The candidates that a fact fits, as a mask of their places."""
    return sum(1 << i for i, dialect in enumerate(candidates()) if fits(fact, dialect))


@lru_cache(maxsize=256)
def _of(mask: int) -> tuple[Dialect, ...]:
    return tuple(d for i, d in enumerate(candidates()) if mask >> i & 1)


@lru_cache(maxsize=256)
def _encode_alike(mask: int) -> bool:
    return len({encoding(dialect) for dialect in _of(mask)}) == 1


def _bit_of(dialect: Dialect) -> int:
    """The candidate whose range of versions that dialect is of, as a mask."""
    first = range_of(dialect.name)
    return sum(1 << i for i, candidate in enumerate(candidates()) if candidate.name == first)


def _mask_of(dialects: Collection[Dialect]) -> int:
    return sum(1 << i for i, dialect in enumerate(candidates()) if dialect in dialects)


class Detector:
    """What one proxy's frames say of it. Feed it the proxy's events and the actions sent to it.

    Bounded: after MAX_MESSAGES events, or once one dialect is left, looking costs nothing; a
    message that does not fit what was taken then can still be shown to `look_again`.
    """

    __slots__ = (
        "_actions",
        "_chosen",
        "_contradicted",
        "_counts",
        "_late",
        "_left",
        "_mask",
        "_messages",
        "_named",
        "_named_bit",
        "_reasons",
        "_refusing",
        "_samples",
        "settled",
    )

    def __init__(self) -> None:
        self._mask = _all()  # those that fit
        self._left = self._mask  # and of them, those that refuse the least
        self._refusing: dict[str, int] = {}  # what was passed on -> who would have refused it
        self._counts: dict[Fact, int] = {}
        self._reasons: list[str] = []
        self._samples = Samples()
        self._messages = self._actions = self._late = 0
        self._named: Dialect | None = None
        self._named_bit = 0
        self._contradicted = False
        self._chosen: Dialect | None = None
        self.settled = False

    def observe_event(self, payload: bytes) -> None:
        """Look at an event's encoded message."""
        if self.settled or not payload:
            return
        self._messages += 1
        for fact in message_facts(payload):
            self._add(fact)
        if self._samples.add(payload):
            self._chosen = None
        self._settle()

    def observe_action(self, data: bytes, socket: Socket) -> None:
        """Look at a whole action, its length in front included."""
        if self.settled or self._actions >= MAX_ACTIONS:
            return
        layout = action_layout(data, socket)
        if layout is not None:
            self._actions += 1
            self._add(("layout", layout, action_name(data[4], socket)))

    def observe_server(self, dialect: Dialect) -> None:
        """Take note of a Server header that it sent: its own, or of a response it passed on. The
        first that fits its frames counts."""
        if not self.is_named:
            self._named, self._named_bit = dialect, _bit_of(dialect)
            self._fit(self._mask)

    @property
    def is_named(self) -> bool:
        """Whether the proxy has said what it is, and its frames fit that."""
        return bool(self._named_bit & self._mask)

    def look_again(self, payload: bytes) -> None:
        """Look at a message that the dialect taken would not have sent, however late it comes: as
        long as another one that is left gives its bytes, those that do not are struck out."""
        if self._contradicted or self._late >= MAX_LATE or _encode_alike(self._mask):
            return
        before = self._mask
        late = Samples()
        late.add(payload)
        self._try(late, 0, _of(before))
        self._late += self._mask == before

    def gives(self, dialect: Dialect) -> bool:
        """Whether that dialect gives the bytes of the first messages."""
        samples = self._samples
        return all(samples.same(i, dialect) for i in range(min(len(samples), TRIED_IN_ALL)))

    def agrees(self, other: Detector) -> bool:
        """Whether one server may be behind what both have seen."""
        return bool(self._mask & other._mask)

    def _add(self, fact: Fact) -> None:
        seen = self._counts.get(fact, 0)
        self._counts[fact] = seen + 1
        if seen and not self._contradicted:
            return
        fitting = _fitting(fact)
        if is_refusal(fact):
            self._refuse(sentence(fact), _all() & ~fitting)
        elif self._contradicted:
            self._fit(self._most_fitting())
        elif not self._mask & fitting:
            self._contradict(fact, fitting)
        elif self._mask & ~fitting:
            self._fit(self._mask & fitting)
            self._reasons.append(f"{sentence(fact)}: {describe(_of(fitting))}")

    def _refuse(self, what: str, refusing: int) -> None:
        """Take note of what was passed on, and of those who would not have done so."""
        before = self._refusing.get(what, 0)
        if refusing & ~before:
            self._refusing[what] = before | refusing
            self._fit(self._mask)

    def _fit(self, mask: int) -> None:
        self._mask = mask
        self._left = self._named_bit & mask or self._refusing_least()
        self._chosen = None

    def _refusing_least(self) -> int:
        mask = self._mask
        refused = {
            place: sum(refusing >> place & 1 for refusing in self._refusing.values())
            for place in range(mask.bit_length())
            if mask >> place & 1
        }
        least = min(refused.values())
        return sum(1 << place for place, count in refused.items() if count == least)

    def _contradict(self, fact: Fact, fitting: int) -> None:
        self._contradicted = True
        whose = describe(_of(fitting)) or "no known dialect"
        self._reasons.append(f"{sentence(fact)}: {whose}, which contradicts the rest")
        self._fit(self._most_fitting())

    def _most_fitting(self) -> int:
        """The candidates that most of what was seen fits."""
        scores = [0] * len(candidates())
        for fact, count in self._counts.items():
            fitting = 0 if is_refusal(fact) else _fitting(fact)
            for i in range(len(scores)):
                scores[i] += count * (fitting >> i & 1)
        best = max(scores)
        return sum(1 << i for i, score in enumerate(scores) if score == best)

    def _settle(self) -> None:
        one_left = self._mask & (self._mask - 1) == 0 and not self._contradicted
        self.settled = one_left or self._messages >= MAX_MESSAGES
        if self.settled:
            self._chosen = self._choose()
            self._samples.forget()

    @property
    def dialect(self) -> Dialect:
        """The likeliest of the remaining dialects; current Kamailio before anything is seen."""
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def hold_against_bytes(self) -> None:
        """Strike out the dialects that would have sent what was seen with other bytes."""
        if len(self._samples) and not self._contradicted:
            self._build_again()

    def _choose(self) -> Dialect:
        self.hold_against_bytes()
        named = self._named if self._left == self._named_bit else None
        return named or self.remaining[0]

    def _build_again(self) -> None:
        """Strike out the dialects in which the kept messages would have had other bytes.

        The first few are tried in every dialect that fits, the others in the likeliest one only,
        as long as that gives their bytes: encoding costs more than all facts together.
        """
        samples = self._samples
        while samples.checked < len(samples) and not _encode_alike(self._mask):
            i, likeliest = samples.checked, self.remaining[0]
            samples.checked += 1
            if i < TRIED_IN_ALL or not samples.same(i, likeliest):
                self._try(samples, i, _of(self._mask))
                if self.remaining[0] is not likeliest:
                    samples.checked = 0

    def _try(self, samples: Samples, i: int, dialects: Sequence[Dialect]) -> None:
        """Hold message i against all these dialects; it tells nothing if none gives its bytes."""
        same, other, refusing = samples.tried(i, dialects)
        if same and refusing:
            self._refuse(TEXT_REFUSED, _mask_of(refusing))
        if same and other:
            self._fit(self._mask & ~_mask_of(other))
            if self._reasons and self._reasons[-1].startswith(SAME_BYTES):
                self._reasons.pop()
            self._reasons.append(f"{SAME_BYTES}: {describe(same)}")

    @property
    def layout(self) -> Layout:
        """The layout of actions."""
        return self.dialect.layout

    @property
    def layout_known(self) -> bool:
        """Whether what was seen leaves only one layout."""
        return len({dialect.layout for dialect in _of(self._mask)}) == 1

    @property
    def remaining(self) -> tuple[Dialect, ...]:
        """The dialects that fit what was seen (or most of it) and are named by the proxy, or would
        have refused the least of it, the likeliest first."""
        return _of(self._left)

    @property
    def certain(self) -> bool:
        """Whether nothing contradicts and all dialects that fit encode alike, refusals aside."""
        self.hold_against_bytes()
        return not self._contradicted and _encode_alike(self._mask)

    @property
    def verdict(self) -> str:
        """The dialect and how sure that is: what follows "the proxy speaks"."""
        name, left = self.dialect.name, self.remaining
        if self._contradicted:
            return f"{name}, likely"
        if self._left == self._named_bit != self._mask:
            return f"{name}, as its Server header says"
        if not self._counts:
            return f"{name}, as a guess"
        if len(left) == 1:
            return name
        alike = "alike" if self.certain else "what was seen here alike"
        return f"{name}, or another of {describe(left)} that encodes {alike}"

    @property
    def reasons(self) -> list[str]:
        """Why, a sentence for each fact that struck dialects out, in the order seen, then for each
        kind of message that some of the others, or all of them, would have refused."""
        if not self._counts and self._named is None:
            return ["nothing seen that tells dialects apart"]
        told = [*self._reasons, *self._refusals()]
        if self._named is not None:
            but = "" if self.is_named else ", which its frames contradict"
            told.append(f"its Server header says {self._named.name}{but}")
        if self._contradicted:
            told.append(f"no known dialect fits all; most fits {describe(self.remaining)}")
        return told

    def _refusals(self) -> Iterator[str]:
        for what, refusing in self._refusing.items():
            if self._left & refusing:
                yield f"{what}, which {describe(_of(self._left & refusing))} would refuse"
            elif self._mask & refusing:
                yield f"{what}: {describe(_of(self._mask & ~refusing))}"
