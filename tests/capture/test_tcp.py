"""Streams put together: whatever happens to the segments, the same frames come out."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from building import (
    ACK,
    AS,
    BIND,
    FIN,
    INFO,
    NAME,
    PROXY,
    PUSH_ACK,
    RST,
    SYN,
    Talk,
    contents,
    event,
    frames,
    pcap,
    read,
    reply,
    tcp,
)  # fmt: skip
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.capture.reader import CapturedFrame, Cause, Gap, Limits

EVENTS = [event(number, 60 + 37 * number % 400) for number in range(25)]
STREAM = INFO + b"".join(EVENTS)
UNITS = [INFO, *EVENTS]
ENDS = [sum(map(len, UNITS[: n + 1])) for n in range(len(UNITS))]


def opened(peer_isn: int = 77000) -> Talk:
    talk = Talk(peer_isn=peer_isn)
    talk.from_as(NAME)
    return talk


def at(talk: Talk, start: int, data: bytes, flags: int = PUSH_ACK) -> bytes:
    """A segment of the proxy at an offset of its stream."""
    return tcp(5080, 40000, talk.peer_seq + start, talk.seq, flags, data, addresses=PROXY + AS)


def acked(talk: Talk, upto: int) -> bytes:
    return tcp(40000, 5080, talk.seq, talk.peer_seq + upto, ACK)


def cut_up(stream: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    places = [0, *sorted(set(cuts)), len(stream)]
    return [(a, stream[a:b]) for a, b in pairwise(places) if b > a]


CUTS = st.lists(st.integers(1, len(STREAM) - 1), max_size=60)
ISNS = st.sampled_from([0, 77000, 2**31 - 500, 2**32 - 1, 2**32 - 2000])


def proxy_units(data: bytes, **options: object) -> list[bytes]:
    records = read(data, **options)
    return [r.data for r in records if isinstance(r, CapturedFrame) and r.source.port == 5080]


@settings(max_examples=150, deadline=None)
@given(cuts=CUTS, isn=ISNS)
def test_any_segmentation(cuts: list[int], isn: int) -> None:
    talk = opened(isn)
    packets = talk.packets + [at(talk, start, data) for start, data in cut_up(STREAM, cuts)]
    reader = read(pcap(packets))
    found = [r for r in reader if isinstance(r, CapturedFrame)][1:]
    assert [f.data for f in found] == UNITS
    assert reader.losses == {}
    # Each frame is reported in the packet in which it ends.
    segments = cut_up(STREAM, cuts)
    for frame, end in zip(found, ENDS, strict=True):
        index = next(n for n, (start, data) in enumerate(segments) if start + len(data) >= end)
        assert frame.packet == len(talk.packets) + 1 + index
        assert frame.offset == end - len(frame.data)


@settings(max_examples=150, deadline=None)
@given(cuts=CUTS, isn=ISNS, seed=st.integers(0, 10**6), window=st.integers(1, 30))
def test_reordering_within_a_window(cuts: list[int], isn: int, seed: int, window: int) -> None:
    talk = opened(isn)
    segments = cut_up(STREAM, cuts)
    chance = random.Random(seed)
    order = sorted(range(len(segments)), key=lambda n: n + chance.random() * window)
    packets = talk.packets + [at(talk, *segments[n]) for n in order]
    reader = read(pcap(packets))
    found = [r for r in reader if isinstance(r, CapturedFrame)][1:]
    assert [f.data for f in found] == UNITS
    assert reader.losses == {}
    # A frame is complete in the last of the packets that carry it.
    for frame, end in zip(found, ENDS, strict=True):
        start = end - len(frame.data)
        parts = [n for n, (s, d) in enumerate(segments) if s < end and s + len(d) > start]
        last = max(order.index(n) for n in parts)
        assert frame.packet == len(talk.packets) + 1 + last


@settings(max_examples=150, deadline=None)
@given(
    cuts=CUTS,
    isn=ISNS,
    again=st.lists(
        st.tuples(st.integers(0, len(STREAM) - 1), st.integers(1, 900), st.integers(0, 60)),
        max_size=20,
    ),
    seed=st.integers(0, 10**6),
)
def test_duplication_and_overlap(
    cuts: list[int], isn: int, again: list[tuple[int, int, int]], seed: int
) -> None:
    """Any other pieces of the same stream, anywhere among its segments, change nothing."""
    talk = opened(isn)
    packets = [at(talk, start, data) for start, data in cut_up(STREAM, cuts)]
    for start, size, place in again:
        packets.insert(min(place, len(packets)), at(talk, start, STREAM[start : start + size]))
    random.Random(seed).shuffle(packets)
    reader = read(pcap(talk.packets + packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)][1:] == UNITS
    assert set(reader.losses) <= {Cause.RETRANSMISSION, Cause.KEEP_ALIVE}
    assert not [r for r in reader if isinstance(r, Gap)]


@settings(max_examples=300, deadline=None)
@given(cuts=CUTS, isn=ISNS, lost=st.sets(st.integers(0, 60), max_size=8), with_acks=st.booleans())
def test_loss(cuts: list[int], isn: int, lost: set[int], with_acks: bool) -> None:
    """All frames that no gap touches come out, and the gaps say how much is missing."""
    talk = opened(isn)
    segments = cut_up(STREAM, cuts)
    packets = list(talk.packets)
    missing = []
    for number, (start, data) in enumerate(segments):
        if number in lost:
            missing.append((start, start + len(data)))
        else:
            packets.append(at(talk, start, data))
        if with_acks:
            packets.append(acked(talk, start + len(data)))
    reader = read(pcap(packets), ports=[5080])
    records = list(reader)
    touched = [
        any(start < end and stop > end - len(unit) for start, stop in missing)
        for unit, end in zip(UNITS, ENDS, strict=True)
    ]
    expected = [unit for unit, is_touched in zip(UNITS, touched, strict=True) if not is_touched]
    found = [r.data for r in records if isinstance(r, CapturedFrame)][1:]
    assert found == expected
    # What is missing at the very end shows nowhere.
    while missing and missing[-1][1] == len(STREAM):
        tail = missing.pop()
        segments_end = tail[0]
        while missing and missing[-1][1] == segments_end:
            segments_end = missing.pop()[0]
        break
    gaps = [r for r in records if isinstance(r, Gap)]
    assert sum(g.missing for g in gaps) == sum(stop - start for start, stop in missing)
    have = sum(len(d) for n, (_, d) in enumerate(segments) if n not in lost)
    assert sum(g.skipped for g in gaps) == have - sum(map(len, expected))


def test_a_gap_is_told_where_it_is_and_soon() -> None:
    """The peer has acknowledged what is missing: the rest is not held to the end."""
    talk = opened()
    talk.from_proxy(INFO)
    packets = talk.packets
    lost = talk.from_proxy(EVENTS[0])
    packets.remove(lost)
    for number in range(1, 20):
        talk.from_proxy(EVENTS[number])
        talk.from_as(b"", ACK)
    records = list(read(pcap(packets)))
    gap = next(r for r in records if isinstance(r, Gap))
    assert gap.missing == len(EVENTS[0])
    assert gap.cause is Cause.LOST
    assert len(talk.packets) > gap.packet + 10
    frames_after = [r.data for r in records if isinstance(r, CapturedFrame)][2:]
    assert frames_after == EVENTS[1:20]


def test_a_swap_across_directions_is_no_gap() -> None:
    """The acknowledgement was captured before the segment that it is for."""
    talk = opened()
    talk.from_proxy(INFO)
    late = talk.from_proxy(EVENTS[0])
    talk.packets.remove(late)
    talk.from_proxy(EVENTS[1])
    talk.from_as(b"", ACK)
    talk.from_as(b"", ACK)
    talk.packets.append(late)
    reader = read(pcap(talk.packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)][2:] == EVENTS[:2]
    assert reader.losses == {}


def test_without_acknowledgements_the_full_buffer_ends_the_wait() -> None:
    talk = opened()
    talk.from_proxy(INFO)
    talk.packets.remove(talk.from_proxy(EVENTS[0]))
    events = [event(number, 1000) for number in range(200)]
    for data in events:
        talk.from_proxy(data)
    limits = Limits(segment_bytes=20_000)
    reader = read(pcap(talk.packets), limits=limits)
    records = list(reader)
    assert [r.data for r in records if isinstance(r, CapturedFrame)][2:] == events
    assert reader.losses[Cause.BUFFER_LIMIT].size == len(EVENTS[0])
    few = read(pcap(talk.packets), limits=Limits(segments=10))
    assert [r.data for r in few if isinstance(r, CapturedFrame)][2:] == events
    total = read(pcap(talk.packets), limits=Limits(total_segment_bytes=5000))
    assert [r.data for r in total if isinstance(r, CapturedFrame)][2:] == events


def test_overlap_that_differs_is_counted_and_the_first_copy_wins() -> None:
    talk = opened()
    talk.from_proxy(INFO)
    start = len(INFO)
    talk.peer_seq -= start
    first, second = EVENTS[0], EVENTS[1]
    wrong = bytes(byte ^ 1 for byte in second)
    packets = [
        *talk.packets,
        at(talk, start + len(first), second),
        at(talk, start + len(first), wrong),
        at(talk, start, first),
        at(talk, start + len(first), wrong),
    ]
    reader = read(pcap(packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)][2:] == [first, second]
    assert reader.losses[Cause.OVERLAP_DIFFERS].size == 2 * len(second)


@pytest.mark.parametrize("byte", [b"", b"\0", b"\x77"])
def test_keep_alives(byte: bytes) -> None:
    talk = opened()
    for data in UNITS:
        talk.from_proxy(data)
        if byte:
            talk.packets.append(at(talk, -1, byte))
        talk.packets.append(at(talk, -1, byte, ACK))
        talk.from_as(b"", ACK)
    reader = read(pcap(talk.packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)][1:] == UNITS
    assert set(reader.losses) == ({Cause.KEEP_ALIVE} if byte else set())


def test_a_stream_that_wraps_often() -> None:
    """More than one round of sequence numbers is not needed to see that wrapping works."""
    talk = opened(2**32 - 5000)
    for number in range(400):
        talk.from_proxy(event(number, 1000) if number else INFO)
        talk.from_as(b"", ACK)
    assert contents(pcap(talk.packets))[2:] == [event(number, 1000) for number in range(1, 400)]


def test_port_reuse_starts_a_new_connection() -> None:
    one = opened()
    one.from_proxy(INFO)
    one.from_proxy(EVENTS[0])
    one.from_proxy(EVENTS[1][:50])
    two = Talk(isn=500_000, peer_isn=9_000_000, packets=one.packets)
    two.from_as(NAME)
    two.from_proxy(INFO)
    two.from_proxy(EVENTS[2])
    reader = read(pcap(one.packets))
    found = [(r.connection, r.data) for r in reader if isinstance(r, CapturedFrame)]
    assert found == [
        (0, NAME), (0, INFO), (0, EVENTS[0]), (1, NAME), (1, INFO), (1, EVENTS[2]),
    ]  # fmt: skip
    assert reader.losses[Cause.INCOMPLETE_AT_END].size == 50
    assert reader.statistics.connections == 2


def test_repeated_syn_is_the_same_connection() -> None:
    talk = Talk()
    talk.packets[1:1] = talk.packets[:1]
    talk.packets[3:3] = talk.packets[2:3]
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    assert [(f.connection, f.data) for f in frames(pcap(talk.packets))] == [(0, NAME), (0, INFO)]


@pytest.mark.parametrize("flags", [FIN | ACK, RST, RST | ACK])
def test_the_end_of_a_connection_tells_what_is_unfinished(flags: int) -> None:
    talk = opened()
    talk.from_proxy(INFO)
    talk.from_proxy(EVENTS[0] + EVENTS[1][:33])
    talk.from_proxy(b"", flags)
    talk.from_as(b"", flags)
    reader = read(pcap(talk.packets))
    records = list(reader)
    assert [r.data for r in records if isinstance(r, CapturedFrame)] == [NAME, INFO, EVENTS[0]]
    gap = records[-1]
    assert isinstance(gap, Gap)
    assert (gap.skipped, gap.missing, gap.cause) == (33, 0, Cause.INCOMPLETE_AT_END)
    assert reader.losses[Cause.INCOMPLETE_AT_END].size == 33


def test_fin_with_the_last_data_and_out_of_order() -> None:
    talk = opened()
    talk.from_proxy(INFO)
    one = talk.from_proxy(EVENTS[0])
    talk.packets.remove(one)
    talk.from_proxy(EVENTS[1], FIN | PUSH_ACK)
    talk.packets.append(one)
    assert contents(pcap(talk.packets)) == [NAME, INFO, EVENTS[0], EVENTS[1]]


def test_a_wild_segment_changes_nothing() -> None:
    talk = opened()
    for data in UNITS:
        talk.from_proxy(data)
        talk.packets.append(at(talk, 1_500_000_000, b"wild"))
        talk.packets.append(at(talk, -1_500_000_000, b"old"))
        talk.packets.append(at(talk, 1_700_000_000, b"", RST))
    reader = read(pcap(talk.packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)][1:] == UNITS
    assert reader.losses[Cause.OUT_OF_WINDOW].count == 3 * len(UNITS)


def test_a_stream_that_jumps_far_goes_on_there() -> None:
    """So much was not captured that the rest looks out of the window."""
    talk = opened()
    talk.from_proxy(INFO)
    talk.peer_seq += 3_000_000_000
    for data in EVENTS:
        talk.from_proxy(data)
    reader = read(pcap(talk.packets))
    found = [r.data for r in reader if isinstance(r, CapturedFrame)][2:]
    assert found == EVENTS[1:]
    assert reader.losses[Cause.OUT_OF_WINDOW].size == len(EVENTS[0])


def test_missing_syn_starts_in_mid_stream() -> None:
    talk = Talk(syn=False)
    talk.from_proxy(EVENTS[0][-30:] + EVENTS[1])
    talk.from_proxy(EVENTS[2])
    records = list(read(pcap(talk.packets)))
    assert [r.data for r in records if isinstance(r, CapturedFrame)] == [EVENTS[1], EVENTS[2]]
    assert [r.skipped for r in records if isinstance(r, Gap)] == [30]


def test_only_one_direction_captured() -> None:
    talk = opened()
    for data in UNITS:
        talk.from_proxy(data)
    one_way = [p for p in talk.packets if p[12:16] == PROXY]
    assert contents(pcap(one_way)) == UNITS
    other_way = [p for p in talk.packets if p[12:16] == AS]
    talk.from_as(BIND)
    assert contents(pcap([*other_way, talk.packets[-1]])) == [NAME, BIND]


def test_syn_with_data() -> None:
    packets = [tcp(40000, 5080, 99, 0, SYN, NAME), tcp(40000, 5080, 106, 0, ACK, BIND)]
    assert contents(pcap(packets)) == [NAME, BIND]


def test_many_connections_are_bounded_and_counted() -> None:
    packets: list[bytes] = []
    for number in range(300):
        talk = Talk(client=10000 + number, packets=packets)
        talk.from_as(NAME)
        talk.from_proxy(INFO)
    reader = read(pcap(packets), limits=Limits(connections=64))
    assert len([r for r in reader if isinstance(r, CapturedFrame)]) == 600
    assert len(reader._tcp.halves) <= 128
    # Each once, however many directions it has.
    assert reader.losses[Cause.CONNECTION_EVICTED].count == 300 - len(reader._tcp.halves) // 2


def test_replies_of_4_bytes_a_segment() -> None:
    action = Talk(5081)
    action.from_as(NAME)
    stream = b"".join(reply(number) for number in range(50))
    for start in range(0, len(stream), 4):
        action.from_as(stream[start : start + 4])
    assert contents(pcap(action.packets)) == [NAME] + [reply(number) for number in range(50)]
