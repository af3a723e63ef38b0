"""``--frame N``: the records up to those of one packet."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.capture.decoded import Decoded

MAX_LATE = 8192  # packets by which a record may come after later ones, see capture.ordering


class OnePacket:
    """Passes records on until those of the packet have come, and then reads no further.

    following: the first packet behind it that ends a record, 0 if none was met.
    """

    def __init__(self, records: Iterator[Decoded], packet: int) -> None:
        self._records = records
        self._packet = packet
        self.following = 0

    def __iter__(self) -> Iterator[Decoded]:
        last = self._packet + MAX_LATE
        for decoded in self._records:
            packet = decoded.captured.packet
            if packet == self._packet:
                last = packet
            elif packet > self._packet:
                self.following = min(packet, self.following or packet)
            if packet > last:
                return
            yield decoded
