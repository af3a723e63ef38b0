"""The splitter of SIP over a stream: any segmentation, keep-alives, gaps, nonsense."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.sip.framing import (
    MAX_BODY,
    MAX_HEAD,
    NEED_DATA,
    SipMessage,
    SipSkipped,
    SipSplitter,
    find_start,
    starts_sip,
)

MESSAGES = [
    b"INVITE sip:a@b SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 11\r\n\r\nBYE sip:x\r\n",
    b"SIP/2.0 200 OK\r\nl : 5\r\nVia: x\r\n\r\nbody!",
    b"OPTIONS sip:a SIP/2.0\r\nCall-ID: none\r\n\r\n",
    b"SIP/2.0 180 \r\nCONTENT-LENGTH:0\r\n\r\n",
    b"MESSAGE sip:a SIP/2.0\nContent-Length: 4\n\n\r\n\r\n",
    b"x-strange.method sip:a SIP/2.0\r\nX: content-length: 9\r\n\r\n",
]


def drain(splitter: SipSplitter) -> list[SipMessage | SipSkipped]:
    events: list[SipMessage | SipSkipped] = []
    while (event := splitter.next_event()) is not NEED_DATA:
        assert isinstance(event, (SipMessage, SipSkipped))
        events.append(event)
    return events


def feed(splitter: SipSplitter, *chunks: bytes) -> list[SipMessage | SipSkipped]:
    events: list[SipMessage | SipSkipped] = []
    for chunk in chunks:
        splitter.receive_data(chunk)
        events += drain(splitter)
    return events


def messages(events: list[SipMessage | SipSkipped]) -> list[bytes]:
    return [event.data for event in events if isinstance(event, SipMessage)]


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(cut % len(data) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


@settings(max_examples=200, deadline=None)
@given(
    order=st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 2000), max_size=60),
    idle=st.integers(0, 3),
)
def test_any_segmentation(order: list[bytes], cuts: list[int], idle: int) -> None:
    stream = b"".join(message + b"\r\n" * idle for message in order)
    splitter = SipSplitter()
    found = feed(splitter, *pieces(stream, cuts))
    assert messages(found) == order
    assert splitter.keep_alive_bytes == 2 * idle * len(order)
    place = 0
    for event, message in zip(found, order, strict=True):
        assert event.start == place
        place += len(message) + 2 * idle


@settings(max_examples=200, deadline=None)
@given(start=st.integers(0, 2000), size=st.integers(1, 200))
def test_a_gap(start: int, size: int) -> None:
    order = [MESSAGES[0], MESSAGES[1], MESSAGES[2], MESSAGES[1], MESSAGES[3]]
    stream = b"".join(order)
    start %= len(stream)
    end = min(start + size, len(stream))
    splitter = SipSplitter()
    found = feed(splitter, stream[:start])
    splitter.gap(end - start)
    found += drain(splitter)
    found += feed(splitter, stream[end:])
    splitter.close()
    found += drain(splitter)
    place, expected = 0, []
    for message in order:
        if place + len(message) <= start or place >= end:
            expected.append(message)
        place += len(message)
    assert messages(found) == expected
    skipped = sum(event.count for event in found if isinstance(event, SipSkipped))
    idle = splitter.keep_alive_bytes
    assert skipped + idle == len(stream) - (end - start) - sum(map(len, expected))


def test_garbage_between_messages_is_told() -> None:
    found = feed(SipSplitter(), MESSAGES[0] + b"\x00garbage\r\n" + MESSAGES[1])
    assert messages(found) == MESSAGES[:2]
    (skipped,) = [event for event in found if isinstance(event, SipSkipped)]
    assert (skipped.count, skipped.start) == (10, len(MESSAGES[0]))


@pytest.mark.parametrize("length", [MAX_BODY + 1, 2**32, 9_999_999_999])
def test_a_huge_length_is_not_waited_for(length: int) -> None:
    bad = b"INVITE sip:a SIP/2.0\r\nContent-Length: %d\r\n\r\n" % length
    splitter = SipSplitter()
    found = feed(splitter, bad, MESSAGES[1])
    assert messages(found) == [MESSAGES[1]]
    assert splitter.buffered == 0


def test_an_endless_head_is_not_waited_for() -> None:
    splitter = SipSplitter()
    feed(splitter, b"INVITE sip:a SIP/2.0\r\n")
    for _ in range(1000):
        feed(splitter, b"X: " + b"y" * 995 + b"\r\n")
        assert splitter.buffered <= MAX_HEAD + 2000
    assert messages(feed(splitter, b"\r\n", MESSAGES[1]))[-1] == MESSAGES[1]


def test_a_request_with_a_start_line_that_is_not_right_is_kept_as_far_as_its_head() -> None:
    head = b"OPTIONS  sip:b@h SIP/2.0 \r\nTo: b\r\nl: 3\r\n\r\n"
    for data, lost in (
        (head + b"abc", head),
        (head.replace(b"2.0", b"7.0"), head.replace(b"2.0", b"7.0")),
        (head[:-2], b""),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b""),
        (b"SIP/2.0 4294967301 too much\r\nTo: b\r\n\r\n", b""),
    ):
        splitter = SipSplitter()
        splitter.receive_data(data)
        while splitter.next_event() is not NEED_DATA:
            pass
        assert splitter.lost == "what is no SIP start line"
        assert splitter.lost_head == lost


def test_start_lines_without_end_take_linear_time() -> None:
    """Each could begin a head, and none ends: the search goes on where it was."""
    import time

    splitter = SipSplitter()
    start = time.process_time()
    count = 0
    for _ in range(300):
        found = feed(splitter, b"ACK x SIP/2.0\r\n" * 90)
        count += sum(event.count for event in found if isinstance(event, SipSkipped))
        assert splitter.buffered <= MAX_HEAD + 2000
    assert time.process_time() - start < 3
    assert count + splitter.buffered == 300 * 90 * 15
    tail = feed(splitter, b"\r\n", MESSAGES[1])
    assert messages(tail)[0].startswith(b"ACK x SIP/2.0\r\nACK")
    assert messages(tail)[-1] == MESSAGES[1]


def test_starts_sip() -> None:
    for message in MESSAGES:
        assert starts_sip(message)
        assert starts_sip(b"\r\n\r\n" + message)
        line = message.index(b"\n")
        for size in range(line):
            assert starts_sip(message[:size]) is not False
    for other in (b"GET / HTTP/1.1\r\n", b"\0\0\0\x0e", b"hello world and more\r\n", b"\x16\x03"):
        assert starts_sip(other) is False


def test_find_start() -> None:
    assert find_start(b"tail\r\n" + MESSAGES[0]) == 6
    assert find_start(b"tail" + MESSAGES[1]) == 4
    assert find_start(b"OKE sip:a SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nCSeq: 1 INVITE\r\n") is None


@settings(max_examples=200, deadline=None)
@given(
    chunks=st.lists(
        st.one_of(st.binary(max_size=30), st.sampled_from(MESSAGES), st.integers(1, 90)),
        max_size=20,
    ),
    in_step=st.booleans(),
)
def test_every_byte_is_in_a_message_or_told(chunks: list[bytes | int], in_step: bool) -> None:
    splitter = SipSplitter(in_step=in_step)
    found: list[SipMessage | SipSkipped] = []
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
    told = sum(e.count if isinstance(e, SipSkipped) else len(e.data) for e in found)
    assert told + splitter.keep_alive_bytes == size
