"""The headers of a message as a mapping: names in any case and in compact form, values in order.

What came in is read when asked for, by the index of the encoded message. What an application
makes is a list. Values are text; bytes that are not UTF-8 are kept as surrogate escapes, so that
a copied header comes out as it went in.
"""

from __future__ import annotations

import re
import struct as packing
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from seastool.app.tokens import checked_name, checked_value
from seastool.errors import EncodeError, SeasError
from seastool.seas.dialect import Dialect
from seastool.seas.message import Message
from seastool.sip.header_name import COMPACT, KINDS

HeaderInput = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers as an application gives them: a mapping, or pairs where a name comes twice."""

_FOLD: Final = re.compile(rb"[ \t]*[\r\n]+[ \t]*")
_OTHER: Final = 0
_SHORT_PREFIX: Final = 4
_span = packing.Struct(">HH").unpack_from
_short_span = packing.Struct(">HB").unpack_from


@lru_cache(maxsize=2048)
def canonical(name: str) -> str:
    """The full name in lower case: ``m`` and ``Contact`` are ``contact``."""
    lower = name.strip(" \t").lower()
    return COMPACT.get(lower, lower)


@lru_cache(maxsize=32)
def _numbers(dialect: Dialect) -> dict[str, int]:
    """Name in lower case -> header type on the wire, for the headers that the dialect numbers."""
    types = dialect.header_types
    return {name: types[kind] for name, kind in KINDS.items() if types.get(kind, _OTHER) != _OTHER}


def header_line(message: Message, i: int) -> bytes:
    """Header i of the message, name to line end; empty where its structure is damaged."""
    try:
        start, end = message.bounds(i)
        if end - start < _SHORT_PREFIX:
            return b""
        short = message.dialect.header_prefix == _SHORT_PREFIX
        return message.slice((_short_span if short else _span)(message.payload, start))
    except (SeasError, packing.error):
        return b""


def line_value(line: bytes) -> str:
    """What follows a header's colon, unfolded."""
    value = line[line.find(b":") + 1 :].strip()
    if b"\n" in value or b"\r" in value:
        value = _FOLD.sub(b" ", value)
    return value.decode("utf-8", "surrogateescape")


def line_name(line: bytes) -> str:
    """What comes before a header's colon."""
    return line[: max(0, line.find(b":"))].strip().decode("utf-8", "surrogateescape")


def is_writable(name: str, value: str) -> bool:
    """Whether a header that came in can go out again."""
    try:
        checked_name(name)
        checked_value(name, value)
    except EncodeError:
        return False
    return True


class HeaderView(Mapping[str, str]):
    """Headers to read. ``headers["Subject"]`` is the first of a name, `get_all` has them all."""

    __slots__ = ()

    @abstractmethod
    def fields(self) -> Iterator[tuple[str, str]]:
        """Every header as (name, value), in order, names as they were written."""

    def get_all(self, name: str) -> list[str]:
        """The values of all headers of a name, in order; commas inside are left alone."""
        wanted = canonical(name)
        return [value for found, value in self.fields() if canonical(found) == wanted]

    def first(self, name: str) -> str | None:
        """The value of the first header of a name."""
        wanted = canonical(name)
        return next((v for found, v in self.fields() if canonical(found) == wanted), None)

    def __getitem__(self, name: str) -> str:
        found = self.first(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.first(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Each name once, as it was written first."""
        seen = set()
        for name, _ in self.fields():
            if canonical(name) not in seen:
                seen.add(canonical(name))
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.fields())!r})"


class MessageHeaders(HeaderView):
    """The headers of a message that came in; not to be changed."""

    __slots__ = ("_message",)

    def __init__(self, message: Message) -> None:
        self._message = message

    def fields(self) -> Iterator[tuple[str, str]]:
        """Every header as (name, value), in order."""
        for i in range(self._message.header_count):
            line = header_line(self._message, i)
            if line:
                yield line_name(line), line_value(line)

    def first(self, name: str) -> str | None:
        """The value of the first header of a name."""
        return next(self._values(canonical(name)), None)

    def get_all(self, name: str) -> list[str]:
        """The values of all headers of a name, in order."""
        return list(self._values(canonical(name)))

    def _values(self, wanted: str) -> Iterator[str]:
        """By the index; a header that the dialect does not number is told by its name."""
        message = self._message
        number = _numbers(message.dialect).get(wanted, _OTHER)
        for i, type in enumerate(message.types):
            if type == _OTHER:
                line = header_line(message, i)
                if canonical(line_name(line)) == wanted:
                    yield line_value(line)
            elif type == number and (line := header_line(message, i)):
                yield line_value(line)


class Headers(HeaderView):
    """The headers of a message in the making."""

    __slots__ = ("_fields",)

    def __init__(self, headers: HeaderInput = ()) -> None:
        """Raises: EncodeError for a name or value that cannot be written."""
        self._fields: list[tuple[str, str]] = []
        pairs = headers.items() if isinstance(headers, Mapping) else headers
        for name, value in pairs:
            self.add(name, value)

    def fields(self) -> Iterator[tuple[str, str]]:
        """Every header as (name, value), in order."""
        return iter(self._fields)

    def add(self, name: str, value: str) -> None:
        """Put one more header at the end. Raises: EncodeError."""
        self._fields.append((checked_name(name), checked_value(name, value)))

    def extend(self, headers: HeaderView) -> None:
        """Put headers that are checked already at the end."""
        self._fields.extend(headers.fields())

    def __setitem__(self, name: str, value: str) -> None:
        """One header of that name, in the place of the first. Raises: EncodeError."""
        field = (checked_name(name), checked_value(name, value))
        at = next((i for i, f in enumerate(self._fields) if canonical(f[0]) == canonical(name)), -1)
        if at < 0:
            self._fields.append(field)
            return
        before = self._fields[:at]
        self._fields = [*before, field, *_without(self._fields[at + 1 :], name)]

    def __delitem__(self, name: str) -> None:
        """Take all headers of that name out."""
        self._fields = _without(self._fields, name)


def _without(fields: list[tuple[str, str]], name: str) -> list[tuple[str, str]]:
    wanted = canonical(name)
    return [field for field in fields if canonical(field[0]) != wanted]
