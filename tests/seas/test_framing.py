"""The splitter of one SEAS direction: any segmentation, gaps, nonsense."""

from __future__ import annotations

import struct
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.seas.framing import (
    NEED_DATA,
    SeasSplitter,
    Skipped,
    SkipReason,
    Unit,
    UnitKind,
)
from seastool.seas.plausible import (
    ACTIONS,
    BINDS,
    EVENTS,
    FAILURES,
    MAX_FRAME,
    Side,
    find_frame,
    socket_info_length,
)

NAME = b"\x05as_01"
INFO = bytes.fromhex("1002") + 2 * b"\x01\x09127.0.0.1\x09127.0.0.1\x13\xc4"
PING = bytes.fromhex("0000000e05ff0000000000000001")
PONG_A = bytes.fromhex("0000000d080000000000000001")
FAILED = struct.pack(">IBIIB", 30, 5, 80, 2, 16) + b"From tag missing"
BIND = bytes.fromhex("0000001306010000000002047f0000010117be")
UNBIND = bytes.fromhex("0000000a070100000000")


def request(number: int, size: int = 90, flags: int = 0) -> bytes:
    body = b"\x01\x04\x0a\0\0\1\x04\x0a\0\0\2\x13\xc4\x13\xc5" + struct.pack(">II", number, 5)
    payload = b"\x00\x0a\x00\x0e" + b"OPTIONS sip:a SIP/2.0\r\n".ljust(size - 37, b"z")
    return struct.pack(">IBBI", 10 + len(body) + len(payload), 2, 1, flags) + body + payload


def reply(number: int) -> bytes:
    text = b"SIP/2.0 200 OK\r\n\r\n"
    return struct.pack(">IBBIII", 18 + len(text), 1, 1, 0, number, 7) + text


STREAMS: dict[Side, list[bytes]] = {
    EVENTS: [INFO, *(request(n, 60 + n) for n in range(12)), PING],
    BINDS: [NAME, BIND, UNBIND, BIND, UNBIND],
    ACTIONS: [NAME, *map(reply, range(12)), PONG_A],
    FAILURES: [FAILED] * 6,
}


def feed(splitter: SeasSplitter, *chunks: bytes) -> list[Unit | Skipped]:
    events: list[Unit | Skipped] = []
    for chunk in chunks:
        splitter.receive_data(chunk)
        events += drain(splitter)
    return events


def drain(splitter: SeasSplitter) -> list[Unit | Skipped]:
    events: list[Unit | Skipped] = []
    while (event := splitter.next_event()) is not NEED_DATA:
        assert isinstance(event, (Unit, Skipped))
        events.append(event)
    return events


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


@pytest.mark.parametrize("side", list(STREAMS))
@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 5000), max_size=80))
def test_any_segmentation(side: Side, cuts: list[int]) -> None:
    units = STREAMS[side]
    found = feed(SeasSplitter(*side), *pieces(b"".join(units), cuts))
    assert [u.data for u in found if isinstance(u, Unit)] == units
    starts = [sum(map(len, units[:n])) for n in range(len(units))]
    assert [u.start for u in found] == starts


@pytest.mark.parametrize("side", list(STREAMS))
def test_byte_by_byte(side: Side) -> None:
    units = STREAMS[side]
    found = feed(SeasSplitter(*side), *[bytes([byte]) for byte in b"".join(units)])
    assert [u.data for u in found if isinstance(u, Unit)] == units


def test_kinds() -> None:
    kinds = [u.kind for u in feed(SeasSplitter(*EVENTS), INFO + PING) if isinstance(u, Unit)]
    assert kinds == [UnitKind.SOCKET_INFO, UnitKind.FRAME]
    kinds = [u.kind for u in feed(SeasSplitter(*BINDS), NAME + BIND) if isinstance(u, Unit)]
    assert kinds == [UnitKind.NAME, UnitKind.FRAME]


@pytest.mark.parametrize("side", list(STREAMS))
@settings(max_examples=150, deadline=None)
@given(
    cuts=st.lists(st.integers(0, 5000), max_size=20),
    start=st.integers(0, 5000),
    size=st.integers(1, 600),
)
def test_a_gap(side: Side, cuts: list[int], start: int, size: int) -> None:
    """What the gap does not touch comes out; all else is told as skipped."""
    units = STREAMS[side]
    stream = b"".join(units)
    start %= len(stream)
    end = min(start + size, len(stream))
    splitter = SeasSplitter(*side)
    found = feed(splitter, *(pieces(stream[:start], cuts) if start else []))
    splitter.gap(end - start)
    found += drain(splitter)
    if end < len(stream):
        found += feed(splitter, *pieces(stream[end:], cuts))
    splitter.close()
    found += drain(splitter)
    place = 0
    expected = []
    for unit in units:
        if place + len(unit) <= start or place >= end:
            expected.append((place, unit))
        place += len(unit)
    assert [(u.start, u.data) for u in found if isinstance(u, Unit)] == expected
    skipped = sum(u.count for u in found if isinstance(u, Skipped))
    assert skipped == len(stream) - (end - start) - sum(len(u) for _, u in expected)


def test_a_gap_inside_a_frame_is_bridged_exactly() -> None:
    """The frame behind is of no known shape, but its place is known."""
    odd = struct.pack(">IBBI", 20, 99, 0xEE, 0xFFFFFFFF) + b"0123456789"
    splitter = SeasSplitter(*EVENTS)
    found = feed(splitter, PING + request(1, 500)[:100])
    splitter.gap(50)
    found += drain(splitter)
    found += feed(splitter, request(1, 500)[150:] + odd)
    assert [u.data for u in found if isinstance(u, Unit)] == [PING, odd]
    (skipped,) = [u for u in found if isinstance(u, Skipped)]
    assert skipped.reason is SkipReason.CUT_BY_GAP
    assert (skipped.count, skipped.start) == (len(request(1, 500)) - 50, len(PING))


@pytest.mark.parametrize("size", [4, 5, 300])
def test_what_a_stream_does_not_finish_is_told_with_its_head(size: int) -> None:
    splitter = SeasSplitter(*EVENTS)
    feed(splitter, PING + request(1, 500)[:size])
    splitter.close()
    (skipped,) = drain(splitter)
    assert isinstance(skipped, Skipped)
    assert (skipped.reason, skipped.count) == (SkipReason.CUT_BY_END, size)
    assert request(1, 500).startswith(skipped.head)
    assert 4 <= len(skipped.head) <= size


@pytest.mark.parametrize("side", list(STREAMS))
@settings(max_examples=60, deadline=None)
@given(cuts=st.lists(st.integers(0, 5000), max_size=20), at=st.integers(1, 60))
def test_start_in_mid_stream(side: Side, cuts: list[int], at: int) -> None:
    frames = STREAMS[side][1:]
    stream = b"".join(frames)
    splitter = SeasSplitter(*side, in_step=False)
    found = feed(splitter, *pieces(stream[at:], cuts))
    splitter.close()
    found += drain(splitter)
    place, expected = 0, []
    for frame in frames:
        if place >= at:
            expected.append(frame)
        place += len(frame)
    assert [u.data for u in found if isinstance(u, Unit)] == expected


@pytest.mark.parametrize("length", [0, 1, 4, 8, MAX_FRAME + 1, 2**31, 2**32 - 1])
def test_impossible_lengths_are_skipped(length: int) -> None:
    bad = struct.pack(">IBBI", length, 2, 1, 0) + b"\xfe" * 300
    found = feed(SeasSplitter(*EVENTS), INFO + PING + bad + PING + request(1))
    assert [u.data for u in found if isinstance(u, Unit)] == [INFO, PING, PING, request(1)]
    (skipped,) = [u for u in found if isinstance(u, Skipped)]
    assert (skipped.count, skipped.start) == (len(bad), len(INFO + PING))
    assert skipped.reason is SkipReason.OUT_OF_STEP


def test_odd_content_passes_in_step() -> None:
    odd = [
        struct.pack(">IBBI", 12, 200, 5, 0xFFFFFFFF) + b"??",
        struct.pack(">IBBI", 10, 0, 0, 0),
        request(3, 70_000),
        request(4, 131_000),
    ]
    found = feed(SeasSplitter(*EVENTS), INFO, b"".join(odd))
    assert [u.data for u in found if isinstance(u, Unit)] == [INFO, *odd]


def test_memory_is_bounded_whatever_the_length_says() -> None:
    splitter = SeasSplitter(*EVENTS)
    feed(splitter, INFO)
    tracemalloc.start()
    for _ in range(2000):
        feed(splitter, b"\x00\x03\xff\xff\x02\x01\0\0\0\0" + b"\0\1\2\3" * 250)
        assert splitter.buffered <= MAX_FRAME
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_FRAME


def test_garbage_is_skipped_in_linear_time() -> None:
    splitter = SeasSplitter(*EVENTS, in_step=False)
    total = 0
    for _ in range(300):
        for event in feed(splitter, b"\0\0\1\0\2" * 2000):
            total += event.count if isinstance(event, Skipped) else len(event.data)
    splitter.close()
    for event in drain(splitter):
        total += event.count if isinstance(event, Skipped) else len(event.data)
    assert total == 300 * 10_000


@settings(max_examples=300, deadline=None)
@given(
    chunks=st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.sampled_from([NAME, INFO, PING, BIND, FAILED, request(1), reply(1)]),
            st.integers(1, 300),
        ),
        max_size=30,
    ),
    side=st.sampled_from(list(STREAMS)),
    in_step=st.booleans(),
)
def test_every_byte_is_in_a_unit_or_told(
    chunks: list[bytes | int], side: Side, in_step: bool
) -> None:
    splitter = SeasSplitter(*side, in_step=in_step)
    found: list[Unit | Skipped] = []
    size = 0
    for chunk in chunks:
        if isinstance(chunk, int):
            splitter.gap(chunk)
            found += drain(splitter)
        else:
            size += len(chunk)
            found += feed(splitter, chunk)
    splitter.close()
    found += drain(splitter)
    assert sum(u.count if isinstance(u, Skipped) else len(u.data) for u in found) == size
    starts = [u.start for u in found if isinstance(u, Unit)]
    assert starts == sorted(starts)


def test_socket_info_length() -> None:
    assert socket_info_length(INFO) == len(INFO)
    for size in range(1, len(INFO)):
        assert socket_info_length(INFO[:size]) is None
    assert socket_info_length(b"\x11\x01") == -1
    assert socket_info_length(b"\x10\x01\x09", strict=True) == -1
    assert socket_info_length(b"\x10\x00") == 2


def test_find_frame() -> None:
    for side, units in STREAMS.items():
        for unit in units[1:]:
            assert find_frame(b"\0\0\0" + unit) == (3, side)
            found = find_frame(unit + unit, 1)
            assert found is not None
            assert found[1] == side
    assert find_frame(bytes(5000)) is None
    assert find_frame(b"") is None
