"""Frames given in hex instead of in a capture."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.detections import Detections
from seastool.capture.records import NO_CONNECTION, Address, CapturedFrame, Record
from seastool.cli.decoding.selection import parse_direction, parse_socket
from seastool.cli.decoding.wishes import Wishes
from seastool.cli.exits import NotSeas
from seastool.seas.dialect import Dialect
from seastool.seas.framing import UnitKind
from seastool.seas.plausible import find_frame
from seastool.seas.types import Direction, Socket

MAX_DIGITS = 1 << 24
_NOWHERE = Address(bytes(4), 0)
_NOISE = re.compile(r"\s|0x|[:,-]")
_DEFAULTS = {Direction.TO_AS: Socket.EVENT, Direction.TO_OPENSER: Socket.ACTION}


def decode_hex(wishes: Wishes, dialect: Dialect | None) -> Iterator[Decoded]:
    """The frames of ``--hex``, one behind the other as on the wire. Raises: NotSeas."""
    text = _standard_input() if wishes.hex == "-" else wishes.hex
    try:
        data = bytes.fromhex(_NOISE.sub("", text))
    except ValueError:
        raise NotSeas("--hex: that is not hex: two digits a byte") from None
    if not data:
        raise NotSeas("--hex: there is not one digit, where a frame was expected")
    socket, direction = _side(wishes, data)
    return decode_records(_frames(data, socket, direction), dialect, detections=Detections())


def _standard_input() -> str:
    data = sys.stdin.buffer.read(MAX_DIGITS + 1)
    if len(data) > MAX_DIGITS:
        raise NotSeas(f"--hex: over {MAX_DIGITS:,} characters; give a capture instead")
    return data.decode("ascii", "replace")


def _side(wishes: Wishes, data: bytes) -> tuple[Socket, Direction]:
    """Whose frames they are: as said, else as the first one looks."""
    direction = parse_direction(wishes.direction) if wishes.direction else None
    socket = parse_socket(wishes.socket) if wishes.socket else None
    if direction is None and socket is None:
        found = find_frame(data)
        if found is not None and found[0] == 0:
            return found[1]
    direction = direction or Direction.TO_AS
    return socket or _DEFAULTS[direction], direction


def _frames(data: bytes, socket: Socket, direction: Direction) -> Iterator[Record]:
    at = number = 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + length if 4 < length <= len(data) - at else len(data)
        number += 1
        yield CapturedFrame(
            number, 0, NO_CONNECTION, _NOWHERE, _NOWHERE, socket, direction, UnitKind.FRAME, None,
            data[at:end], at,
        )  # fmt: skip
        at = end
