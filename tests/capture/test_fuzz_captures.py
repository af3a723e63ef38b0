"""Whatever the bytes: records or a CaptureError, every packet counted, memory bounded."""

from __future__ import annotations

import gzip
import random
import struct

import pytest
from building import CAPTURES, Talk, event, pcap, read, reply
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.capture.reader import Limits, Ports
from seastool.errors import CaptureError

FILES = [path.read_bytes()[:9000] for path in sorted(CAPTURES.glob("*.pcap"))]
MAGICS = [FILES[0][:24], FILES[0][:100], b"\x0a\x0d\x0d\x0a", b"\x1f\x8b\x08", b""]
SMALL = Limits(
    connections=4,
    segment_bytes=3000,
    segments=5,
    total_segment_bytes=5000,
    held_bytes=2000,
    total_held_bytes=4000,
    fragments=3,
    fragment_bytes=3000,
)


def survive(data: bytes, limits: Limits | None = None) -> None:
    try:
        reader = read(data, limits=limits)
        for record in reader:
            assert record.packet <= reader.statistics.packets
            repr(record)
    except CaptureError as error:
        if "\n" in str(error):
            pytest.fail("an error has one line")


@settings(max_examples=400, deadline=None)
@given(magic=st.sampled_from(MAGICS), data=st.binary(max_size=400))
def test_random_bytes(magic: bytes, data: bytes) -> None:
    survive(magic + data)


@settings(max_examples=300, deadline=None)
@given(packets=st.lists(st.binary(max_size=120), max_size=10), link=st.sampled_from(
    [0, 1, 12, 101, 108, 113, 147, 228, 229, 276]))  # fmt: skip
def test_random_packets(packets: list[bytes], link: int) -> None:
    data = pcap(packets, link=link)
    reader = read(data)
    list(reader)
    assert reader.statistics.packets == len(packets)


@pytest.mark.parametrize("seed", range(60))
def test_mutated_captures(seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(FILES[seed % len(FILES)])
    for _ in range(chance.choice([1, 5, 50, 500])):
        place = chance.randrange(24, len(data))
        data[place] = chance.choice([0, 1, 255, chance.randrange(256)])
    survive(bytes(data))
    survive(bytes(data), SMALL)
    if seed % 5 == 0:
        packed = bytearray(gzip.compress(bytes(data)))
        packed[chance.randrange(2, len(packed))] ^= 1 << chance.randrange(8)
        survive(bytes(packed))


@pytest.mark.parametrize("seed", range(40))
def test_mutated_segments(seed: int) -> None:
    """Headers and payloads of real segments are changed, dropped, doubled and shuffled."""
    chance = random.Random(seed)
    talk = Talk(isn=2**32 - 300, peer_isn=2**32 - 5000)
    talk.from_as(b"\x03abc")
    for number in range(30):
        talk.from_proxy(event(number, chance.randrange(60, 1500)))
        if chance.random() < 0.3:
            talk.from_as(reply(number))
    packets = []
    for packet in talk.packets:
        mutated = bytearray(packet)
        for _ in range(chance.choice([0, 0, 1, 3])):
            mutated[chance.randrange(min(len(mutated), 60))] = chance.randrange(256)
        packets += [bytes(mutated)] * chance.choice([0, 1, 1, 1, 2])
    for _ in range(10):
        place = chance.randrange(len(packets))
        packets.insert(chance.randrange(len(packets)), packets.pop(place))
    survive(pcap(packets), SMALL)
    survive(pcap(packets, snap=chance.randrange(20, 500)))
    for ports in (Ports.of([5080]), Ports.of([], [5080]), Ports.of([40000])):
        list(read(pcap(packets), ports=ports))


@settings(max_examples=150, deadline=None)
@given(chunks=st.lists(st.binary(max_size=60), max_size=30), syn=st.booleans())
def test_random_streams(chunks: list[bytes], syn: bool) -> None:
    """Every byte of a stream that is said to be SEAS is in a record."""
    talk = Talk(syn=syn)
    for chunk in chunks:
        talk.from_proxy(chunk)
    records = list(read(pcap(talk.packets), ports=[5080]))
    total = sum(len(getattr(r, "data", b"")) + getattr(r, "skipped", 0) for r in records)
    assert total == sum(map(len, chunks))


def test_a_capture_ten_times_as_long_needs_no_more_memory() -> None:
    import tracemalloc

    def peak(count: int) -> int:
        talk = Talk()
        talk.from_as(b"\x03abc")
        for number in range(count):
            talk.from_proxy(event(number, 1000))
            if number % 7 == 0:
                talk.packets[-1:] = []  # lost, and never acknowledged
        data = pcap(talk.packets)
        tracemalloc.start()
        for _ in read(data, limits=Limits(segment_bytes=20_000)):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(6000) < 1.3 * peak(600) + 300_000


def test_pcapng_with_ten_thousand_empty_sections() -> None:
    head = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    survive(head * 10_000)
