"""Every known dialect: each version range as its difference from the one before.

`lookup` finds the dialect of a name such as ``kamailio-5.4.2``. Source: DIALECTS.md.
"""

import re
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

from seastool.errors import SeasError
from seastool.seas import dialect_numbers as numbers
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.types import Layout
from seastool.sip import grammar as grammars

Q = Quirk
Change = dict[str, Any]


class UnknownDialect(SeasError):
    """No known proxy and version goes by that name."""


_OPENSER_FIRST: Final = Dialect(
    name="openser-1.2.0-dev15",
    id="D0",
    layout=Layout.A,
    header_types=numbers.HEADERS_OPENSER_1_2,
    methods=numbers.METHODS_OPENSER,
    transports=numbers.TRANSPORTS_FIRST,
    mime_types=numbers.MIME_TYPES,
    mime_subtypes=numbers.SUBTYPES_OPENSER_1_2,
    header_prefix=4,
    grammar=grammars.OPENSER_1_2,
    quirks=frozenset(
        {
            Q.SHORT_PREFIX,
            Q.LONG_HEADER_REFUSED,
            Q.DISPLAY_NAME_KEEPS_QUOTES,
            Q.REWRITTEN_REQUEST_URI,
            Q.CODE_MAY_BE_ZERO,
            Q.FAILURE_LENGTH_SWAPPED,
            Q.TWO_ACCEPTS_KILL,
        }
    ),
)
_KAMAILIO_FIRST: Final = Dialect(
    name="kamailio-3.1",
    id="D6",
    layout=Layout.B,
    header_types=numbers.HEADERS_KAMAILIO_3_1,
    methods=numbers.METHODS_KAMAILIO_3,
    transports=numbers.TRANSPORTS_FIRST,
    mime_types=numbers.MIME_TYPES,
    mime_subtypes=numbers.SUBTYPES_KAMAILIO_3,
    grammar=grammars.KAMAILIO_3_1,
    quirks=frozenset(
        {
            Q.LONG_HEADER_PREFIX_ONLY,
            Q.CODE_MAY_BE_ZERO,
            Q.FINAL_REPLIES_LOST,
            Q.TWO_ACCEPTS_KILL,
        }
    ),
)

# (first version, what changes there); `with_` and `without` name quirks. Boundaries are
# ordered; a fix that went into several branches at once has one line a branch.
_D0_END: Change = {
    "id": "D1",
    "header_prefix": 5,
    "without": {
        Q.SHORT_PREFIX,
        Q.LONG_HEADER_REFUSED,
        Q.DISPLAY_NAME_KEEPS_QUOTES,
        Q.REWRITTEN_REQUEST_URI,
    },
}
_D2: Change = {
    "id": "D2",
    "header_types": numbers.HEADERS_OPENSER_1_3,
    "mime_subtypes": numbers.SUBTYPES_OPENSER_1_3,
    "grammar": grammars.OPENSER_1_3,
}
_NO_SWAP: Change = {"without": {Q.FAILURE_LENGTH_SWAPPED}}
_GARBAGE: Change = {"with_": {Q.CONTENT_TYPE_GARBAGE}}
_ZERO_REFUSED: Change = {"with_": {Q.CONTENT_LENGTH_ZERO_REFUSED}}
_ZERO_TAKEN: Change = {"without": {Q.CONTENT_LENGTH_ZERO_REFUSED}}
_SIZE_CHECKED: Change = {"with_": {Q.EVENT_SIZE_CHECKED}}
_SIZE_UNCHECKED: Change = {"without": {Q.EVENT_SIZE_CHECKED}}

_OPENSER: list[tuple[str, Change]] = [
    ("1.2.0-dev15", {}),
    ("1.2.0", _D0_END),
    ("1.3.0", _D2),
]
_COMMON_TRUNK: list[tuple[str, Change]] = [*_OPENSER, ("1.4.0", {}), ("1.4.3", _NO_SWAP)]
_OPENSIPS: list[tuple[str, Change]] = [
    *_COMMON_TRUNK,
    ("1.4.5", {"max_event": 32000}),
    ("1.5.0", {}),
    ("1.6.0", {"id": "D3", "grammar": grammars.OPENSIPS_1_6}),
    ("1.6.1", _GARBAGE),
    ("1.6.3", {"without": {Q.CONTENT_TYPE_GARBAGE}}),
    (
        "1.7.0",
        {
            "id": "D4",
            "header_types": numbers.HEADERS_OPENSIPS_1_7,
            "mime_subtypes": numbers.SUBTYPES_OPENSIPS_1_7,
            "grammar": grammars.OPENSIPS_1_7,
        },
    ),
    (
        "1.8.0",
        {
            "header_types": numbers.HEADERS_OPENSIPS_1_8,
            "grammar": grammars.OPENSIPS_1_8,
            "with_": {Q.CONTENT_LENGTH_REQUIRED},
        },
    ),
    ("1.8.1", {"grammar": grammars.OPENSIPS_1_8_1}),
    ("1.9.0", {"transports": numbers.TRANSPORTS_OTHER_5}),
    ("1.10.0", {}),
    ("1.11.0", {}),
    (
        "2.1",
        {
            "transports": numbers.TRANSPORTS_OPENSIPS_2_1,
            "with_": {Q.SOCKETS_LABELLED_UDP},
        },
    ),
    ("2.2", {"transports": numbers.TRANSPORTS_OPENSIPS_2_2}),
    (
        "2.3",
        {
            "id": "D5",
            "max_name": 14,
            "with_": {Q.INVITE_CODE_ZERO},
            "without": {Q.CODE_MAY_BE_ZERO},
        },
    ),
    ("2.4", {}),
    ("3.0", {"transports": numbers.TRANSPORTS_OPENSIPS_3_0}),
]
_KAMAILIO_OLD: list[tuple[str, Change]] = [*_COMMON_TRUNK[3:], ("1.5.0", {})]
_KAMAILIO: list[tuple[str, Change]] = [
    ("3.1", {}),
    ("3.2", {"transports": numbers.TRANSPORTS_OTHER_5}),
    ("3.3", {"id": "D7", "header_types": numbers.HEADERS_KAMAILIO_3_3}),
    ("4.0", {"transports": numbers.TRANSPORTS_KAMAILIO_4_0, "grammar": grammars.KAMAILIO_4_0}),
    ("4.1", {"mime_subtypes": numbers.SUBTYPES_KAMAILIO_4_1}),
    ("4.2.8", _SIZE_CHECKED),
    ("4.3", _SIZE_UNCHECKED),
    ("4.3.5", _SIZE_CHECKED),
    ("4.4", {"without": {Q.CODE_MAY_BE_ZERO}, "grammar": grammars.KAMAILIO_4_4}),
    ("5.0", {"id": "D8", "header_types": numbers.HEADERS_KAMAILIO_5_0}),
    ("5.1", {"header_types": numbers.HEADERS_KAMAILIO_5_1}),
    ("5.2", {"id": "D9", "methods": numbers.METHODS_KAMAILIO_5_2}),
    ("5.3", {}),
    ("5.3.9", _ZERO_REFUSED),
    ("5.4", _ZERO_TAKEN),
    ("5.4.7", _ZERO_REFUSED),
    ("5.5", _ZERO_TAKEN),
    ("5.5.3", _ZERO_REFUSED),
    ("5.6", {"grammar": grammars.KAMAILIO_5_6}),
    ("5.7", {}),
    ("5.8", {"grammar": grammars.KAMAILIO_5_8}),
    ("6.0", {}),
    ("6.1", {}),
]

_NEWEST: Final = {"openser": "1.3", "opensips": "3.0", "kamailio": "6.1"}
_ALIASES: Final = MappingProxyType(
    {
        "kamailio": "kamailio-6.1",
        "kamailio-master": "kamailio-6.1",
        "opensips": "opensips-3.0",
        "openser": "openser-1.3.0",
        "wesip": "openser-1.2.0",
    }
)
Version = tuple[int, ...]


def _version(text: str) -> Version:
    """``1.2.0-dev15`` -> (1, 2, 0, -1): a development version comes before its release."""
    release, _, development = text.partition("-")
    parts = [int(part) for part in release.split(".")]
    parts += [0] * (3 - len(parts))
    return (*parts[:3], -1 if development else 0)


def _changed(dialect: Dialect, name: str, change: Change) -> Dialect:
    fields = {key: value for key, value in change.items() if key not in ("with_", "without")}
    quirks = (dialect.quirks | change.get("with_", set())) - change.get("without", set())
    return replace(dialect, name=name, quirks=quirks, **fields)


def _chain(
    family: str, start: Dialect, steps: list[tuple[str, Change]]
) -> list[tuple[Version, Dialect]]:
    chain = []
    for first, change in steps:
        start = _changed(start, f"{family}-{first}", change)
        chain.append((_version(first), start))
    return chain


def _openser_1_3() -> Dialect:
    return _chain("openser", _OPENSER_FIRST, _OPENSER)[-1][1]


_FAMILIES: Final = {
    "openser": _chain("openser", _OPENSER_FIRST, _OPENSER),
    "opensips": _chain("opensips", _openser_1_3(), _OPENSIPS[3:]),
    "kamailio": _chain("kamailio", _openser_1_3(), _KAMAILIO_OLD)
    + _chain("kamailio", _KAMAILIO_FIRST, _KAMAILIO),
}
_NAME: Final = re.compile(r"([a-z]+)-v?(\d+(?:\.\d+){1,3}(?:-(?:dev|pre)\d*)?)\Z")


def names() -> tuple[str, ...]:
    """The first version of every known range, oldest first, by family."""
    return tuple(dialect.name for chain in _FAMILIES.values() for _, dialect in chain)


@lru_cache(maxsize=256)
def lookup(name: str) -> Dialect:
    """The dialect of a proxy's name and version, or of a family alone (its newest).

    The record's `name` is the one asked for, in lower case, aliases resolved.
    Raises: UnknownDialect, saying what there is.
    """
    wanted = name.strip().lower()
    wanted = _ALIASES.get(wanted, wanted)
    match = _NAME.match(wanted)
    found = _within(match[1], _version(match[2])) if match else None
    if found is None:
        raise UnknownDialect(f"no dialect {name[:60]!r}; known: {', '.join(_ranges())}")
    return replace(found, name=wanted)


def _within(family: str, version: Version) -> Dialect | None:
    """The range that holds the version; None outside all, as in Kamailio 3.0's hole."""
    if family not in _FAMILIES or version[:2] > _version(_NEWEST[family])[:2]:
        return None
    if family == "kamailio" and (1, 6) <= version[:2] < (3, 1):
        return None
    known = [dialect for first, dialect in _FAMILIES[family] if first <= version]
    return known[-1] if known else None


def _ranges() -> list[str]:
    return [
        "openser-1.2.0-dev15 to 1.3",
        "opensips-1.4 to 3.0",
        "kamailio-1.4 to 1.5, 3.1 to 6.1",
        *_ALIASES,
    ]
