"""Packets of real sessions left out, in many patterns: what is whole in the rest comes out.

What is to be expected is counted here byte by byte, and nothing but the content tells that it is
SEAS.
"""

from __future__ import annotations

import random
import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from building import CAPTURES, frames, pcap
from scapy.utils import RawPcapReader

Way = tuple[bytes, bytes]
SESSIONS = ["kamailio-5.6.3-session.pcap", "openser-1.3.0-session.pcap"]


class Segment(NamedTuple):
    way: Way
    start: int
    data: bytes


class Session:
    """A capture of TCP connections from their first packet on."""

    def __init__(self, path: Path) -> None:
        self.packets = [data[14:] for data, _ in RawPcapReader(str(path)) if data[23] == 6]
        first: dict[Way, int] = {}
        self.segments: list[Segment] = []
        for packet in self.packets:
            way = packet[12:16] + packet[20:22], packet[16:20] + packet[22:24]
            seq, flags = struct.unpack(">I", packet[24:28])[0], packet[33]
            first.setdefault(way, seq + 1 if flags & 2 else seq)
            data = packet[20 + (packet[32] >> 4) * 4 : struct.unpack(">H", packet[2:4])[0]]
            self.segments.append(Segment(way, seq - first[way], data))
        self.units = self._units(range(len(self.packets)))
        self.places: dict[Way, list[tuple[int, bytes]]] = {}
        for way, units in self.units.items():
            ends = [sum(map(len, units[: n + 1])) for n in range(len(units))]
            self.places[way] = [
                (end - len(unit), unit) for end, unit in zip(ends, units, strict=True)
            ]

    def _units(self, kept: range | list[int]) -> dict[Way, list[bytes]]:
        found: dict[Way, list[bytes]] = defaultdict(list)
        for frame in frames(pcap([self.packets[n] for n in kept])):
            ends = [
                end.packed + end.port.to_bytes(2, "big")
                for end in (frame.source, frame.destination)
            ]
            found[ends[0], ends[1]].append(frame.data)
        return found

    def check(self, lost: set[int]) -> None:
        kept = [n for n in range(len(self.packets)) if n not in lost]
        there: dict[Way, set[int]] = defaultdict(set)
        for n in kept:
            segment = self.segments[n]
            there[segment.way].update(range(segment.start, segment.start + len(segment.data)))
        found = self._units(kept)
        for way, places in self.places.items():
            whole = [
                unit for at, unit in places if there[way].issuperset(range(at, at + len(unit)))
            ]
            # Where nothing but one name is left, nothing tells what it is.
            if whole != found[way] and (found[way] or whole != [places[0][1]]):
                pytest.fail(f"without {sorted(lost)}: {len(whole)} to come, {len(found[way])} came")


def patterns(count: int) -> Iterator[set[int]]:
    yield from ({n} for n in range(count))
    yield from (set(range(n)) for n in range(1, count, 3))
    yield from (set(range(n, n + size)) for n in range(0, count, 7) for size in (2, 5, 20))
    chance = random.Random(7)
    for share in (0.02, 0.1, 0.4) * 25:
        yield {n for n in range(count) if chance.random() < share}


@pytest.mark.parametrize("name", SESSIONS)
def test_what_no_gap_touches_comes_out(name: str) -> None:
    session = Session(CAPTURES / name)
    assert sum(map(len, session.units.values())) > 30
    for lost in patterns(len(session.packets)):
        session.check(lost)
