"""A proxy that has met messages like them treats replies as one that has not."""

from __future__ import annotations

import pytest
from alike_messages import alike_messages
from hypothesis import given, settings
from hypothesis import strategies as st
from openser_calls import RECEIVE, Play, of, request

from seastool.errors import SipError
from seastool.seas.openser import Event, Outcome, behave_like, usable
from seastool.seas.openser.kept_headers import FORBIDDEN_IN_REPLY, kept_in_reply
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import message_reader
from seastool.sip.outline import Outliner

BEHAVIOURS = st.sampled_from(
    [usable(), behave_like("openser-1.2.0"), behave_like("opensips-2.1"), behave_like("kamailio")]
)


def played(play: Play, n: int, sip: bytes) -> list[Outcome]:
    opened = play.opens(request(n=n, body=b"x"))
    return play.replies(opened, sip)


@settings(max_examples=300, deadline=None)
@given(alike_messages(), BEHAVIOURS)
def test_replies_that_are_alike(family: list[bytes], behaviour) -> None:
    knowing: list[list[Outcome]] = []
    new: list[list[Outcome]] = []
    for told, knows in ((knowing, True), (new, False)):
        message_reader.cache_clear()
        for n, sip in enumerate(family):
            if not knows:
                message_reader.cache_clear()
            play = Play(behaviour)
            told.append(played(play, n, sip))
    assert knowing == new


@settings(max_examples=300, deadline=None)
@given(alike_messages())
def test_requests_that_are_alike(family: list[bytes]) -> None:
    """Read by the proxy itself, or before."""
    asked, given_read = Play(), Play()
    for sip in family:
        try:
            read = message_reader(asked.behaviour.dialect.grammar).read(sip)
        except SipError:
            continue
        first = asked.machine.request(sip, RECEIVE, 1.0)
        assert given_read.machine.request(read, RECEIVE, 1.0) == first
        frames = [event.frame for event in of(first, Event)]
        assert all(sip in frame for frame in frames)


@settings(max_examples=300, deadline=None)
@given(alike_messages(), st.integers(0, 1100))
def test_what_is_kept_of_a_reply(family: list[bytes], long: int) -> None:
    outliner = Outliner(Grammar())
    for sip in family:
        text = sip.replace(b"Subject: ", b"Subject: " + b"x" * (long // 2)).replace(
            b"m: ", b"m: " + b"y" * (long // 2)
        )
        try:
            outline = outliner.cut(text)
        except SipError:
            continue
        if "RECORDROUTE" in outline.firsts:
            continue
        kept, left_out = b"", []
        for line in outline.lines:
            piece = text[line.start : line.end]
            if line.kind in FORBIDDEN_IN_REPLY:
                continue
            if len(kept) + len(piece) < 1024:
                kept += piece
            else:
                left_out.append(piece.partition(b":")[0])
        found = kept_in_reply(text, outline, 0, Grammar())
        assert (found.data, list(found.discarded)) == (kept, left_out)


@pytest.mark.parametrize(("size", "is_kept"), [(1023, True), (1024, False)])
def test_the_room_for_headers(size: int, is_kept: bool) -> None:
    text = b"SIP/2.0 200 OK\r\nX: " + b"x" * (size - 10) + b"\r\nY: \r\n\r\n"
    found = kept_in_reply(text, Outliner(Grammar()).cut(text), 0, Grammar())
    assert found.data.endswith(b"Y: \r\n") is is_kept
    assert list(found.discarded) == ([] if is_kept else [b"Y"])
