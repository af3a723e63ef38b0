"""A proxy's messages, encoded again from their SIP text in dialects that may be its own."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from seastool.errors import SeasError
from seastool.seas.dialect import Dialect, Quirk, without_refusals

MAX_SAMPLE_BYTES: Final = 384 * 1024  # of a proxy's messages, kept to be encoded again

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


_encodings: dict[tuple[object, ...], int] = {}


@lru_cache(maxsize=256)
def encoding(dialect: Dialect) -> int:
    """A number for what of a dialect shows in the bytes of an encoded message: the same for
    dialects that encode every message alike, refusals aside."""
    tables = (dialect.header_types, dialect.methods, dialect.mime_types, dialect.mime_subtypes)
    numbers = tuple(id(table) for table in tables)
    shown = (numbers, dialect.header_prefix, dialect.grammar, dialect.quirks & _SHOWS)
    return _encodings.setdefault(shown, len(_encodings))


class Tried(NamedTuple):
    """Dialects by what they would make of a message: the same bytes, other bytes, none at all."""

    same: list[Dialect]
    other: list[Dialect]
    refusing: list[Dialect]


class Samples:
    """The first messages of a proxy, to be encoded again from their SIP text.

    checked: how many of them the likeliest dialect was held against.
    """

    __slots__ = ("_built", "_bytes", "_payloads", "checked")

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._built: dict[tuple[int, int], bool | None] = {}
        self._bytes = 0
        self.checked = 0

    def __len__(self) -> int:
        return len(self._payloads)

    def add(self, payload: bytes) -> bool:
        """Keep a message; returns whether there was room."""
        if self._bytes + len(payload) > MAX_SAMPLE_BYTES:
            return False
        self._bytes += len(payload)
        self._payloads.append(payload)
        return True

    def same(self, i: int, dialect: Dialect) -> bool | None:
        """Whether message i would be the same in the dialect, None if its parser would refuse the
        SIP text. Asked once for each encoding."""
        key = i, encoding(dialect)
        if key not in self._built:
            self._built[key] = _builds(self._payloads[i], dialect)
        return self._built[key]

    def tried(self, i: int, dialects: Iterable[Dialect]) -> Tried:
        """The dialects by what they make of message i."""
        found = Tried([], [], [])
        for dialect in dialects:
            same = self.same(i, dialect)
            (found.refusing if same is None else found.same if same else found.other).append(
                dialect
            )
        return found

    def forget(self) -> None:
        """Keep nothing any longer: they have told what they can."""
        self._payloads = []
        self._built = {}
        self._bytes = self.checked = 0


def _builds(payload: bytes, dialect: Dialect) -> bool | None:
    from seastool.seas.builder import build_message

    start = int.from_bytes(payload[2:4], "big")
    text = payload[start : start + int.from_bytes(payload[4:6], "big")]
    try:
        return build_message(text, without_refusals(dialect)) == payload
    except SeasError:
        return None
