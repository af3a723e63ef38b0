"""Where the numbers and tags come from that the proxy invents."""

from __future__ import annotations

from typing import Final, Protocol
from zlib import crc32

from seastool.sip.incoming import COOKIE

BITS_32: Final = 0xFFFFFFFF


class RandomBits(Protocol):
    """A source of chance, such as random.Random."""

    def getrandbits(self, k: int, /) -> int:
        """A number of k bits."""
        ...


class Identifiers(Protocol):
    """What the proxy invents for a transaction."""

    def hash_index(self, call_id: bytes, cseq: bytes) -> int:
        """0..65535; the same for all requests of one Call-ID and CSeq number."""
        ...

    def label(self, hash_index: int) -> int:
        """32 bits, never the same again for one hash index while a transaction lasts."""
        ...

    def branch(self, hash_index: int, label: int) -> bytes:
        """The branch of the Via of a request, cookie included."""
        ...

    def tag(self) -> bytes:
        """A To tag of the proxy's own."""
        ...

    def draw(self, k: int) -> int:
        """A number of k bits, for what a fault leaves to chance."""
        ...


class DrawnIdentifiers:
    """Identifiers from a source of chance. Labels count up from where chance has put them."""

    def __init__(self, random: RandomBits) -> None:
        self._random = random
        self._label = random.getrandbits(32)

    def hash_index(self, call_id: bytes, cseq: bytes) -> int:
        return crc32(cseq, crc32(call_id)) & 0xFFFF

    def label(self, hash_index: int) -> int:
        self._label = (self._label + 1) & BITS_32
        return self._label

    def branch(self, hash_index: int, label: int) -> bytes:
        """As OpenSER makes them: hex digits backwards."""
        return (
            COOKIE + f"{hash_index:x}"[::-1].encode() + b"." + f"{label:x}"[::-1].encode() + b".0"
        )

    def tag(self) -> bytes:
        return b"%032x-%04x" % (self._random.getrandbits(128), self._random.getrandbits(16))

    def draw(self, k: int) -> int:
        return self._random.getrandbits(k)
