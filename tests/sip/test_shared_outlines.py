"""What is kept of messages changes nothing about those that come after them."""

from __future__ import annotations

import pytest
from alike_messages import alike_messages
from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.errors import SipError
from seastool.sip.grammar import KAMAILIO_3_1, OPENSER_1_2, Grammar
from seastool.sip.incoming import MessageReader, message_reader
from seastool.sip.outline import ByOutline, Outline, Outliner
from seastool.sip.reply import ReplyForm

GRAMMARS = st.sampled_from([Grammar(), OPENSER_1_2, KAMAILIO_3_1])
REQUEST = (
    b"INVITE sip:service@127.0.0.1:5060 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-17-%d-0\r\n"
    b"From: sipp <sip:sipp@127.0.0.1:5061>;tag=17SIPpTag00%d\r\n"
    b"To: service <sip:service@127.0.0.1:5060>\r\n"
    b"Call-ID: %d-17@127.0.0.1\r\n"
    b"CSeq: 1 INVITE\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def cut(outliner: Outliner, text: bytes) -> object:
    try:
        found = outliner.cut(text)
    except SipError as error:
        return str(error)
    return found.headers, found.lines, found.firsts, found.body


def read(reader: MessageReader, text: bytes) -> object:
    try:
        found = reader.read(text)
    except SipError as error:
        return str(error)
    fields = (found.start, found.method, found.headers, found.via, found.to_tag, found.call_id)
    return fields, found.cseq, found.key, found.dialog, found.tag_of_to(), found.branch()


def slots(form: ReplyForm) -> list[object]:
    return [getattr(form, name) for name in ReplyForm.__slots__]


def looked_at_one_by_one(text: bytes, outline: Outline, tag: object, via: bytes | None) -> object:
    form = ReplyForm.__new__(ReplyForm)
    form._routed = None
    form._copy(text, outline, tag, via)
    return slots(form)


@settings(max_examples=500, deadline=None)
@given(alike_messages(), GRAMMARS)
def test_messages_that_are_alike(family: list[bytes], grammar: Grammar) -> None:
    outliner, reader = Outliner(grammar), MessageReader(grammar)
    for text in family:
        assert cut(outliner, text) == cut(Outliner(grammar), text)
        assert read(reader, text) == read(MessageReader(grammar), text)


@settings(max_examples=500, deadline=None)
@given(alike_messages(), GRAMMARS)
def test_replies_to_messages_that_are_alike(family: list[bytes], grammar: Grammar) -> None:
    reader = MessageReader(grammar)
    for text in family:
        try:
            found = reader.read(text)
        except SipError:
            continue
        for via in (None, b"Via: SIP/2.0/UDP x;received=1.2.3.4\r\n"):
            form = ReplyForm(text, found.outline, found.to_tag, via)
            plain = looked_at_one_by_one(text, found.outline, found.to_tag, via)
            assert slots(form) == plain


def test_calls_share_an_outline() -> None:
    reader = MessageReader(Grammar())
    one, two, longer = (reader.read(REQUEST % (n, n, n)) for n in (1, 2, 10))
    assert one.outline is two.outline
    assert one.outline.is_shared
    assert one.outline is not longer.outline
    assert (one.key, one.call_id, one.branch()) != (two.key, two.call_id, two.branch())
    assert two.dialog == b"2-17@127.0.0.1\0001\00017SIPpTag002"


def test_what_has_more_than_lines_is_not_shared() -> None:
    outliner = Outliner(Grammar())
    for odd in (b"X: 1\r\n 2", b"X: 1\nY: 2", b"X: " + b"y" * 600, b"\\: 1", b"\r\r"):
        text = (REQUEST % (1, 1, 1)).replace(b"CSeq: 1 INVITE", odd + b"\r\nCSeq: 1 INVITE")
        assert not outliner.cut(text).is_shared
    assert not outliner.cut(b"A\r\n" + b"X: 1\r\n" * 1000 + b"\r\n").is_shared


def test_what_is_kept_is_bounded() -> None:
    outliner = Outliner(Grammar())
    made: ByOutline[int] = ByOutline()
    for n in range(5000):
        sip = b"A\r\nX: %d\r\nX;tag=%d: 1;tag=%d\r\n\r\n" % (n, n, n)
        for _ in range(3):
            outline = outliner.cut(sip)
            assert made.keep(outline, n) == made[outline] == n
    assert len(outliner._outlines) <= 1024
    assert len(made) <= 1024
    shapes = outliner._shape_of.__self__
    assert len(shapes) <= 4096
    assert len(shapes._fronts) <= 4096
    unshared = outliner._cut(b"A\r\nX: 1\r\n\r\n")
    assert made.keep(unshared, 7) == 7
    assert unshared not in made


def test_where_messages_are_unlike_it_rests() -> None:
    outliner = Outliner(Grammar())
    shared = [outliner.cut(b"A\r\nX: %d\r\n\r\n" % n).is_shared for n in range(3000)]
    assert shared == [True] * 1025 + [False] * 1975
    again = [outliner.cut(REQUEST % (1, 1, 1)).is_shared for n in range(16 * 1024)]
    assert again.index(True) == 16 * 1024 - 1975
    assert all(again[16 * 1024 - 1975 :])


def test_readers_of_a_grammar_are_one() -> None:
    assert message_reader(Grammar()) is message_reader(Grammar())
    assert message_reader(Grammar()) is not message_reader(OPENSER_1_2)


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (b"From: <sip:a@h>;tag=ab;c", b"From: <sip:a@h>;tag=a;bc"),
        (b"From: <sip:ab@h>;tag=c", b"From: <sip:a@bh>;tag=c"),
        (b"Via: SIP/2.0/UDP h;branch=ab;rport", b"Via: SIP/2.0/UDP h;branch=a;brport"),
        (b"Via: SIP/2.0/UDP ab;branch=c", b"Via: SIP/2.0/UDP bb;branch=c"),
        (b"Call-ID: ab c", b"Call-ID: a bc"),
        (b"Call-ID: ab ", b"Call-ID: abc"),
        (b"CSeq: 1 INVITE", b"CSeq: 2 INVITE"),
        (b"Content-Length: 1", b"Content-Length: 2"),
        (b"X=1: <sip:a@b>;x=1", b"X=1: <sip:a@b>;x=2"),
        (b"Subject: a", b"Subject: b"),
    ],
)
def test_lines_that_differ_in_more(line: bytes, other: bytes) -> None:
    outliner = Outliner(Grammar())
    shared = [outliner.cut(b"A\r\n%s\r\n\r\n" % one) for one in (line, line, other)]
    assert shared[0] is shared[1]
    assert shared[1] is not shared[2]
