"""What a connection carries, told from its first bytes.

SEAS starts with a name (first byte 1..15), socket info (16) or a frame (0); SIP with a start
line. A name alone does not tell which socket it is on, nor prove that it is SEAS.
In mid-stream the first frame of a known shape tells, wherever it is.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, Literal

from seastool.seas.plausible import (
    EVENTS,
    MAX_NAME,
    SHAPE_SIZE,
    Side,
    find_frame,
    socket_info_length,
)
from seastool.sip.framing import LONGEST_LINE, find_start, starts_sip


class Sight(Enum):
    """What the bytes of one direction say so far."""

    MORE = "too few bytes to tell"
    SEARCHING = "in mid-stream, nothing found yet"
    NAME = "a name and nothing else"
    SIP = "SIP"
    SIP_TEXT = "in mid-stream, one start line: SIP, or the text of a frame"
    OTHER = "neither SEAS nor SIP"


MORE: Final = Sight.MORE
Seen = (
    Side | Literal[Sight.MORE, Sight.SEARCHING, Sight.NAME, Sight.SIP, Sight.SIP_TEXT, Sight.OTHER]
)


def look(data: bytes | bytearray, *, from_start: bool, searched: int = 0) -> Seen:
    """What the bytes that one direction begins with are.

    from_start: whether they are the first of the connection.
    searched: no frame of a known shape or SIP message starts well before this offset.
    Returns the socket and direction if it is SEAS and they are certain.
    """
    if not data:
        return Sight.MORE
    seen = _look_at_start(data)
    if from_start or seen not in (Sight.OTHER, Sight.SIP):
        return seen
    found = find_frame(data, searched)
    if found is not None:
        return found[1]
    # SEAS frames carry SIP text too, but a frame begins with a zero byte: between two messages
    # of SEAS there is one.
    if 0 in data or (start := find_start(data, max(0, searched - LONGEST_LINE))) is None:
        return Sight.SEARCHING
    return Sight.SIP_TEXT if find_start(data, start + 1) is None else Sight.SIP


def _look_at_start(data: bytes | bytearray) -> Seen:
    first = data[0]
    if first == 0:
        return _look_at_frame(data, 0)
    if first == 0x10:
        length = socket_info_length(data, strict=True)
        if length is None:
            return Sight.MORE
        return EVENTS if length > 2 else Sight.OTHER
    name = read_name(data)
    if name is not None:
        return _look_behind_name(data, 1 + first)
    sip = starts_sip(data)
    if sip:
        return Sight.SIP
    return Sight.MORE if sip is None else Sight.OTHER


def _look_at_frame(data: bytes | bytearray, at: int) -> Seen:
    found = find_frame(data[at : at + SHAPE_SIZE])
    if found is not None and found[0] == 0:
        return found[1]
    # A whole short frame, or so much of a long one, would have shown its shape.
    return Sight.MORE if len(data) - at < SHAPE_SIZE else Sight.OTHER


def _look_behind_name(data: bytes | bytearray, end: int) -> Seen:
    if len(data) <= end:
        return Sight.NAME if len(data) == end else Sight.MORE
    return _look_at_frame(data, end) if data[end] == 0 else Sight.OTHER


def read_name(data: bytes | bytearray) -> str | None:
    """The name that the data starts with, as far as it is there; None if it is not one."""
    if not data or not 1 <= data[0] <= MAX_NAME:
        return None
    name = data[1 : 1 + data[0]]
    if not all(32 < byte < 127 for byte in name):
        return None
    return name.decode("ascii")
