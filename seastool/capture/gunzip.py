"""Gzip data that comes in pieces, unpacked in pieces of bounded size."""

from __future__ import annotations

import zlib
from contextlib import suppress
from typing import Final

from seastool.capture.container import Damage

GZIP_MAGIC: Final = b"\x1f\x8b"
_PIECE = 256 << 10
_SALVAGE = 64


class Gunzip:
    """Unpacks members that follow one another. Damage is told, after what came before it."""

    def __init__(self, damage: Damage) -> None:
        self._damage = damage
        self._member: zlib._Decompress | None = None
        self._packed = b""

    @property
    def pending(self) -> bool:
        """Whether `unpack` has more to give without more data."""
        return bool(self._packed)

    def unpack(self, data: bytes) -> bytes:
        """What comes out next; may be nothing."""
        data = self._packed + data
        if self._member is None or self._member.eof:
            # Zero bytes may pad the end of a tape.
            data = data.lstrip(b"\0") if self._member is not None else data
            if not data:
                self._packed = b""
                return b""
            self._member = zlib.decompressobj(wbits=31)
        before = self._member.copy()
        try:
            out = self._member.decompress(data, _PIECE)
        except zlib.error as error:
            self._packed = b""
            self._damage.what = f"the gzip data is damaged ({error})"
            return _salvage(before, data)
        self._packed = (
            self._member.unused_data if self._member.eof else self._member.unconsumed_tail
        )
        return out

    def close(self) -> None:
        """No more data will come."""
        if self._member is not None and not self._member.eof and not self._damage.what:
            self._damage.what = "the gzip data ends too early"
            self._damage.truncated = True


def _salvage(member: zlib._Decompress, data: bytes) -> bytes:
    """What comes out before the damage: an error takes the whole call's output with it."""
    out = b""
    with suppress(zlib.error):
        while piece := member.decompress(data, _SALVAGE):
            out += piece
            data = member.unconsumed_tail
    return out
