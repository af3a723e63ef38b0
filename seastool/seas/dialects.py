"""Every known dialect: each version range as its difference from the one before.

`lookup` finds the dialect of a name such as ``kamailio-5.4.2``. They are shown in
docs/protocol.md: Dialects.
"""

import re
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from seastool.errors import SeasError
from seastool.seas.dialect import Dialect
from seastool.seas.versions import kamailio, openser, opensips
from seastool.seas.versions.changes import Change, Steps

_ALIASES: Final = MappingProxyType(
    {
        "kamailio": "kamailio-6.1",
        "kamailio-master": "kamailio-6.2",
        "opensips": "opensips-3.0",
        "openser": "openser-1.3.0",
        "wesip": "openser-1.2.0",
    }
)
Version = tuple[int, ...]
Chain = list[tuple[Version, Dialect]]


class UnknownDialect(SeasError):
    """No known proxy and version goes by that name."""


def _version(text: str) -> Version:
    """``1.2.0-dev15`` -> (1, 2, 0, -1): a development version comes before its release."""
    release, _, development = text.partition("-")
    parts = [int(part) for part in release.split(".")]
    parts += [0] * (3 - len(parts))
    return (*parts[:3], -1 if development else 0)


_NOT_FIELDS: Final = ("with_", "without", "parser")


def _changed(dialect: Dialect, name: str, change: Change) -> Dialect:
    fields = {key: value for key, value in change.items() if key not in _NOT_FIELDS}
    quirks = (dialect.quirks | change.get("with_", set())) - change.get("without", set())
    grammar = replace(dialect.grammar, **change.get("parser", {}))
    return replace(dialect, name=name, quirks=quirks, grammar=grammar, **fields)


def _chain(family: str, start: Dialect, steps: Steps) -> Chain:
    chain = []
    for first, change in steps:
        start = _changed(start, f"{family}-{first}", change)
        chain.append((_version(first), start))
    return chain


class _Span(NamedTuple):
    """Versions side by side. last: whatever its third number is."""

    family: str
    chain: Chain
    last: str


_OPENSER: Final = _chain("openser", openser.FIRST, openser.STEPS)
_OPENSER_1_3: Final = _OPENSER[-1][1]
_SPANS: Final = (
    _Span("openser", _OPENSER, "1.3"),
    _Span("opensips", _chain("opensips", _OPENSER_1_3, opensips.STEPS), "3.0"),
    _Span("kamailio", _chain("kamailio", _OPENSER_1_3, kamailio.OLD), "1.5"),
    _Span("kamailio", _chain("kamailio", kamailio.FIRST, kamailio.STEPS), "6.2"),
)
_NAME: Final = re.compile(r"([a-z]+)-v?(\d+(?:\.\d+){1,3}(?:-(?:dev|pre)\d*)?)\Z")


def names() -> tuple[str, ...]:
    """The first version of every known range, oldest first, by family."""
    return tuple(dialect.name for span in _SPANS for _, dialect in span.chain)


@lru_cache(maxsize=256)
def lookup(name: str) -> Dialect:
    """The dialect of a proxy's name and version, or of a family alone (its newest).

    The record's `name` is the one asked for, in lower case, aliases resolved.
    Raises: UnknownDialect, saying what there is.
    """
    wanted, found = _find(name)
    return replace(found, name=wanted)


def range_of(name: str) -> str:
    """The first version of the range that a name is of, as `names` tells it.

    Raises: UnknownDialect.
    """
    return _find(name)[1].name


def _find(name: str) -> tuple[str, Dialect]:
    """The name, aliases resolved, and its range's dialect. Raises: UnknownDialect."""
    wanted = name.strip().lower()
    wanted = _ALIASES.get(wanted, wanted)
    match = _NAME.match(wanted)
    found = _within(match[1], _version(match[2])) if match else None
    if found is None:
        raise UnknownDialect(f"no dialect {name[:60]!r}; known: {', '.join(_ranges())}")
    return wanted, found


def _within(family: str, version: Version) -> Dialect | None:
    """The range that holds the version; None outside all."""
    for span in _SPANS:
        if span.family == family and version[:2] <= _version(span.last)[:2]:
            known = [dialect for first, dialect in span.chain if first <= version]
            if known:
                return known[-1]
    return None


def _ranges() -> list[str]:
    return [*(f"{span.chain[0][1].name} to {span.last}" for span in _SPANS), *_ALIASES]
