"""Fields of an encoded message as a dialog needs them: exact also where the index is not.

A header of more than 255 bytes has pointers that wrap (OpenSER, OpenSIPS) or none (Kamailio);
its tag is read from its text.
"""

from __future__ import annotations

import struct as packing
from collections.abc import Callable
from typing import Any, Final

from seastool.app.headers import header_line, line_value
from seastool.seas.address import Address
from seastool.seas.message import CALLID, CSEQ, FAILURES, FROM, TO, Message
from seastool.seas.values import CSeq
from seastool.sip.address_value import tag_of
from seastool.wire import reader

_LONGEST: Final = 255
_SHORT_PREFIX: Final = 4
_read_tag: Final = reader(Address, "tag")
_read_number: Final = reader(CSeq, "number")
_two_starts = packing.Struct(">HxH").unpack_from
_span = packing.Struct(">HH").unpack_from


def from_tag(message: Message) -> str:
    """The From tag; empty if there is none."""
    return _tag(message, FROM)


def to_tag(message: Message) -> str:
    """The To tag; empty if there is none."""
    return _tag(message, TO)


def call_id(message: Message) -> str:
    """The Call-ID, its bytes kept."""
    i = message.types.find(CALLID)
    return line_value(header_line(message, i)) if i >= 0 else ""


def cseq_number(message: Message) -> int | None:
    """The number of CSeq by its structure; None where there is none."""
    number, _ = _read(message, CSEQ, _read_number)
    return None if number is None else int(number)


def _tag(message: Message, type: int) -> str:
    where, at = _read(message, type, _read_tag)
    if where is None:
        return _tag_of_long(message, type) if at else ""
    start = message.text_start + at + where[0]
    text = message.payload[start : min(start + where[1], message.text_end)]
    return text.decode("utf-8", "surrogateescape")


def _read(message: Message, type: int, read: Callable[[bytes, int, int], Any]) -> tuple[Any, int]:
    """What a compiled reader finds in the first header of a type, and where the header starts in
    the text; (None, 1) if its structure is not to be trusted, (None, 0) if it has none."""
    i = message.types.find(type)
    if i < 0:
        return None, 0
    payload, index, prefix = message.payload, message.index_start, message.dialect.header_prefix
    try:
        start, end = _two_starts(payload, index + 3 * i + 1)
        at, length = _span(payload, start)
        if prefix != _SHORT_PREFIX and length > _LONGEST:
            return None, 1
        if not index <= start < start + prefix < end <= len(payload):
            return None, 0
        return read(payload, start + prefix, end), at
    except FAILURES:
        return None, 0


def _tag_of_long(message: Message, type: int) -> str:
    """The tag by the text, for a header that the index does not describe."""
    line = header_line(message, message.types.find(type))
    return tag_of(line_value(line)) if len(line) > _LONGEST else ""
