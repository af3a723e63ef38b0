"""Which dialect a proxy speaks, told from its frames, with the reasons.

By elimination: every fact (see `evidence`) strikes out the dialects that do not fit it. Facts
that strike out the last one contradict each other; then the dialects that fit most count.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Final

from seastool.errors import SeasError
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.dialects import lookup, names
from seastool.seas.evidence import Fact, action_layout, action_name, fits, message_facts, sentence
from seastool.seas.types import Layout, Socket

MAX_MESSAGES: Final = 200  # events looked at before the detector takes what it has
MAX_ACTIONS: Final = 50
MAX_SAMPLES: Final = 48  # messages kept to be encoded again
MAX_SAMPLE_SIZE: Final = 8192
TRIED_IN_ALL: Final = 4
SAME_BYTES: Final = "encoding the SIP text gives the same bytes"


@cache
def candidates() -> tuple[Dialect, ...]:
    """Every known dialect, the most likely first: Kamailio's from the newest down, then
    OpenSER's, OpenSIPS', and last those that Kamailio inherited."""
    known = [lookup(name) for name in reversed(names())]
    rank = {"openser": 1, "opensips": 2}

    def likely(dialect: Dialect) -> int:
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


def _of(mask: int) -> tuple[Dialect, ...]:
    return tuple(d for i, d in enumerate(candidates()) if mask >> i & 1)


def describe(dialects: Sequence[Dialect]) -> str:
    """Dialects as ranges: ``openser-1.2.0 to 1.3.0, kamailio-3.1 to 5.6.4, 5.7 to 5.7.1``.

    A dialect is named after the first version of its range; a range ends with the last version
    before the dialect that is not wanted any more.
    """
    wanted = {dialect.name for dialect in dialects}
    told: list[str] = []
    family = ""
    for first, last, following in _runs(wanted):
        own, _, start = first.partition("-")
        end = _end(last, following)
        version = start if f"{start}.".startswith(f"{end}.") else f"{start} to {end}"
        told.append(version if own == family else f"{own}-{version}")
        family = own
    return ", ".join(told)


def _runs(wanted: Collection[str]) -> list[tuple[str, str, str]]:
    """Wanted names side by side: the first and the last, and the name that follows, if any."""
    runs: list[tuple[str, str, str]] = []
    known = names()
    before = ""
    for name, following in zip(known, (*known[1:], ""), strict=True):
        family = name.partition("-")[0]
        if name in wanted:
            after = following if following.startswith(f"{family}-") else ""
            if before in wanted and before.startswith(f"{family}-"):
                runs[-1] = (runs[-1][0], name, after)
            else:
                runs.append((name, name, after))
        before = name
    return runs


def _end(last: str, following: str) -> str:
    """The last version of a range that begins with `last`, where `following` is the next."""
    version = last.partition("-")[2]
    minor, _, patch = following.partition("-")[2].rpartition(".")
    if minor.count(".") == 1 and patch.isdigit() and int(patch):
        return f"{minor}.{int(patch) - 1}"
    return ".".join(version.split(".")[:2]) if following else version


_SHOWS: Final = frozenset(
    {
        Quirk.SHORT_PREFIX,
        Quirk.LONG_HEADER_REFUSED,
        Quirk.LONG_HEADER_PREFIX_ONLY,
        Quirk.DISPLAY_NAME_KEEPS_QUOTES,
        Quirk.REWRITTEN_REQUEST_URI,
        Quirk.CONTENT_TYPE_GARBAGE,
        Quirk.INVITE_CODE_ZERO,
    }
)


def encoding(dialect: Dialect) -> tuple[object, ...]:
    """What of a dialect shows in the bytes of an encoded message: equal for dialects that encode
    every message alike."""
    tables = (dialect.header_types, dialect.methods, dialect.mime_types, dialect.mime_subtypes)
    numbers = tuple(id(table) for table in tables)
    return (numbers, dialect.header_prefix, dialect.grammar, dialect.quirks & _SHOWS)


def _builds(payload: bytes, dialect: Dialect) -> bool:
    """Whether the payload's SIP text would be encoded to the same payload in the dialect."""
    from seastool.seas.builder import build_message

    start = int.from_bytes(payload[2:4], "big")
    text = payload[start : start + int.from_bytes(payload[4:6], "big")]
    try:
        return build_message(text, dialect) == payload
    except SeasError:
        return False


class _Samples:
    """The first messages of a proxy, to be encoded again from their SIP text."""

    __slots__ = ("_built", "_payloads", "checked")

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._built: dict[tuple[int, tuple[object, ...]], bool] = {}
        self.checked = 0

    def __len__(self) -> int:
        return len(self._payloads)

    def add(self, payload: bytes) -> None:
        self._payloads.append(payload)

    def same(self, i: int, dialect: Dialect) -> bool:
        """Whether message i would be the same in the dialect. Asked once for each encoding."""
        key = i, encoding(dialect)
        if key not in self._built:
            self._built[key] = _builds(self._payloads[i], dialect)
        return self._built[key]

    def forget(self) -> None:
        """Keep nothing any longer: they have told what they can."""
        self._payloads = []
        self._built = {}
        self.checked = 0


class Detector:
    """What one proxy's frames say of it. Feed it the proxy's events and the actions sent to it.

    Bounded: after MAX_MESSAGES events, or once one dialect is left, looking costs nothing.
    """

    __slots__ = (
        "_actions",
        "_chosen",
        "_contradicted",
        "_counts",
        "_mask",
        "_messages",
        "_reasons",
        "_samples",
        "settled",
    )

    def __init__(self) -> None:
        self._mask = _all()
        self._counts: dict[Fact, int] = {}
        self._reasons: list[str] = []
        self._samples = _Samples()
        self._messages = self._actions = 0
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
        if len(self._samples) < MAX_SAMPLES and len(payload) <= MAX_SAMPLE_SIZE:
            self._samples.add(payload)
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

    def _add(self, fact: Fact) -> None:
        seen = self._counts.get(fact, 0)
        self._counts[fact] = seen + 1
        if seen and not self._contradicted:
            return
        fitting = _fitting(fact)
        if self._contradicted:
            self._mask = self._most_fitting()
        elif not self._mask & fitting:
            self._contradict(fact, fitting)
        elif self._mask & ~fitting:
            self._mask &= fitting
            self._reasons.append(f"{sentence(fact)}: {describe(_of(fitting))}")
        else:
            return
        self._chosen = None

    def _contradict(self, fact: Fact, fitting: int) -> None:
        self._contradicted = True
        whose = describe(_of(fitting)) or "no known dialect"
        self._reasons.append(f"{sentence(fact)}: {whose}, which contradicts the rest")
        self._mask = self._most_fitting()

    def _most_fitting(self) -> int:
        """The candidates that most of what was seen fits."""
        scores = [0] * len(candidates())
        for fact, count in self._counts.items():
            fitting = _fitting(fact)
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
        """The likeliest of the remaining dialects; the newest Kamailio before anything is seen."""
        if self._chosen is None:
            self._chosen = self._choose()
        return self._chosen

    def _choose(self) -> Dialect:
        if len(self._samples) and not self._contradicted:
            self._build_again()
        return _of(self._mask)[0]

    def _build_again(self) -> None:
        """Strike out the dialects in which the kept messages would have had other bytes.

        The first few are tried in every dialect that is left, the others in the likeliest one
        only, as long as that gives their bytes: encoding costs more than all facts together.
        """
        samples = self._samples
        while samples.checked < len(samples):
            i, left = samples.checked, _of(self._mask)
            if len({encoding(dialect) for dialect in left}) == 1:
                return
            samples.checked += 1
            if i >= TRIED_IN_ALL and samples.same(i, left[0]):
                continue
            same = [dialect for dialect in left if samples.same(i, dialect)]
            if 0 < len(same) < len(left):
                self._keep(same)
                if same[0] is not left[0]:
                    samples.checked = 0

    def _keep(self, same: list[Dialect]) -> None:
        self._mask = sum(1 << i for i, d in enumerate(candidates()) if d in same)
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
        """The dialects that fit what was seen (or most of it), the likeliest first."""
        return _of(self._mask)

    @property
    def certain(self) -> bool:
        """Whether nothing contradicts and all remaining dialects encode alike."""
        self._choose()
        return not self._contradicted and len({encoding(d) for d in self.remaining}) == 1

    @property
    def verdict(self) -> str:
        """The dialect and how sure that is: what follows "the proxy speaks"."""
        name, left = self.dialect.name, self.remaining
        if not self._counts:
            return f"{name}, as a guess"
        if self._contradicted:
            return f"{name}, likely"
        if len(left) == 1:
            return name
        alike = "alike" if self.certain else "what was seen here alike"
        return f"{name}, or another of {describe(left)} that encodes {alike}"

    @property
    def reasons(self) -> list[str]:
        """Why, a sentence for each fact that struck dialects out, in the order seen."""
        if not self._counts:
            return ["nothing seen that tells dialects apart"]
        if self._contradicted:
            left = describe(self.remaining)
            return [*self._reasons, f"no known dialect fits all; most fits {left}"]
        return list(self._reasons)
