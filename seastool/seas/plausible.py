"""What a frame looks like from outside: plausible heads, for a start in mid-stream, for finding
the way back after a gap, and for knowing SEAS among other traffic.

Source: docs/protocol.md: Connections, Frames, Actions.
"""

import re
from struct import Struct
from typing import Final

from seastool.seas.types import Direction, Socket

MAX_NAME = 15
MIN_FRAME = 9  # a head of layout A, and nothing behind it
MAX_FRAME = 1 << 18  # spans are u16, so no server can describe more than half of this
SHAPE_SIZE = 96  # so many bytes always settle whether a frame has the shape of a known type

_u32 = Struct(">I").unpack_from

# Pieces of frame heads. All patterns leave out the first byte, which is always zero.
_LEN = rb"[\x00-\x03].."
_ID = rb"[\x00-\x7f\xff]"
_FLAGS = rb"\x00\x00\x00[\x00-\x0f]"
_BOTH = rb"(?:" + _ID + _FLAGS + rb"|" + _FLAGS + _ID + rb")"  # layout B, layout A
_UAC = rb"(?:" + _ID + _FLAGS + rb".{4}|" + _FLAGS + rb".{4}" + _ID + rb")"
_IP = rb"(?:\x04.{4}|\x10.{16})"
_INFO = rb"[\x01-\x06]" + _IP + _IP + rb".{4}"
_TX = rb"\x00\x00.{6}"  # hash index 0..65535, label
_STATUS = rb"\x00\x00[\x00-\x02]."
_TEXT = rb"[!-~]{1,32} [!-~]"

Side = tuple[Socket, Direction]
EVENTS: Final[Side] = (Socket.EVENT, Direction.TO_AS)
BINDS: Final[Side] = (Socket.EVENT, Direction.TO_OPENSER)
ACTIONS: Final[Side] = (Socket.ACTION, Direction.TO_OPENSER)
FAILURES: Final[Side] = (Socket.ACTION, Direction.TO_AS)

_SHAPES: dict[Side, bytes] = {
    EVENTS: rb"|".join((
        _LEN + rb"\x02" + _ID + _FLAGS + _INFO + _TX + rb"(?:" + _TX + rb")?\x00[\x00-\x63]",
        _LEN + rb"\x03" + _ID + _FLAGS + _INFO + rb"\x00[\x00-\x63]",
        _LEN + rb"\x04" + _ID + _FLAGS + _INFO + _TX + rb".{4}" + _STATUS,
        rb"\x00\x00\x21\x04" + _ID + _FLAGS + rb"\x00{7}" + _TX + rb".{4}" + _STATUS,
        rb"\x00\x00\x0e\x05\xff" + _FLAGS + rb".{4}",
    )),
    BINDS: rb"|".join((
        rb"\x00\x00[\x13\x1f]\x06" + _BOTH + rb"[\x01-\x3f]" + _IP + rb"[\x00-\x06]..",
        rb"\x00\x00\x0a\x07" + _BOTH,
    )),
    ACTIONS: rb"|".join((
        _LEN + rb"[\x01-\x03](?:" + _ID + _FLAGS + rb"|" + _FLAGS + rb")" + _TX + rb"SIP/2\.0 ",
        _LEN + rb"\x04" + _UAC + _TEXT,
        _LEN + rb"\x06" + _BOTH + _TEXT,
        _LEN + rb"\x07" + _UAC + _TX + _TEXT,
        rb"\x00\x00\x0e\x08" + _ID + _FLAGS + rb".{4}",
        rb"\x00\x00\x0d\x08" + _FLAGS + rb".{4}",
    )),
    FAILURES: _LEN + rb"\x05.{4}(?:\x00\x00|\xff\xff)..[\x01-\xff][ -~]",
}  # fmt: skip
_HEADS: dict[Side, bytes] = {
    EVENTS: _LEN + rb"[\x02-\x05]" + _ID + _FLAGS,
    BINDS: _LEN + rb"[\x06\x07](?:" + _ID + _FLAGS + rb"|" + _FLAGS + rb")",
    ACTIONS: _LEN + rb"[\x01-\x04\x06-\x08](?:" + _ID + _FLAGS + rb"|" + _FLAGS + rb")",
    FAILURES: _LEN + rb"\x05.{4}(?:\x00\x00|\xff\xff)",
}
TYPES: dict[Side, bytes] = {
    EVENTS: b"\2\3\4\5",
    BINDS: b"\6\7",
    ACTIONS: b"\1\2\3\4\6\7\x08",
    FAILURES: b"\5",
}
HEAD_SIZE = 14  # the longest of _HEADS
_ORDER = (ACTIONS, EVENTS, BINDS, FAILURES)  # the strictest first: some carry a literal
HEAD = {side: re.compile(rb"\x00" + s, re.DOTALL) for side, s in _HEADS.items()}
# The look-ahead lets most places fail at once: this is searched for in any traffic.
_ANY = re.compile(
    rb"\x00(?="
    + _LEN
    + rb"[\x01-\x08])(?:"
    + rb"|".join(rb"(" + _SHAPES[side] + rb")" for side in _ORDER)
    + rb")",
    re.DOTALL,
)


def find_frame(data: bytes | bytearray, at: int = 0) -> tuple[int, Side] | None:
    """Where from `at` on the first frame of a known shape starts, and which side sends such."""
    while (found := _ANY.search(data, at)) is not None:
        if possible_length(length := _u32(data, at := found.start())[0]):
            side = _ORDER[(found.lastindex or 1) - 1]
            if side is not FAILURES or length == 14 + data[at + 13]:
                return at, side
        at += 1
    return None


def possible_length(length: int) -> bool:
    return MIN_FRAME <= length <= MAX_FRAME


def socket_info_length(data: bytes | bytearray, at: int = 0, *, strict: bool = False) -> int | None:
    """Length of the socket info at `at`; None if it is not all there, -1 if it cannot be one.

    Shape: u8 0x10, u8 count, count x (u8 protocol, u8 n, name, u8 n, address, u16 port).
    strict: also want known protocols and printable names.
    """
    if len(data) < at + 2:
        return None if len(data) == at or data[at] == 0x10 else -1
    if data[at] != 0x10:
        return -1
    end = at + 2
    for _ in range(data[at + 1]):
        if strict and len(data) > end and data[end] > 6:
            return -1
        end += 1
        for _text in range(2):
            if len(data) <= end:
                return None
            begin, end = end + 1, end + 1 + data[end]
            if strict and not printable(data[begin:end]):
                return -1
        end += 2
    return end - at if end <= len(data) else None


def printable(text: bytes | bytearray) -> bool:
    return all(32 <= byte < 127 for byte in text)
