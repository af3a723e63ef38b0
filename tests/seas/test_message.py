"""The encoded message and its headers: what is read, when, and what happens to damage."""

import struct as packing

import pytest

from seastool.errors import BadSpan, DecodeError, SeasError, Truncated
from seastool.seas import message as messages
from seastool.seas.address import Address
from seastool.seas.dialects import lookup, names
from seastool.seas.header import BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix
from seastool.seas.message import IndexEntry, Message, MessageInfo
from seastool.seas.uri import Uri
from seastool.seas.values import CSeq
from seastool.seas.via import Via, Vias
from seastool.wire import Span, Structure

KAMAILIO = lookup("kamailio-5.6.3")
VIA, FROM, CSEQ, CALLID, OTHER = 1, 4, 5, 6, 0

FIRST = b"INVITE sip:b SIP/2.0\r\n"
HEADERS = (
    b"Via: SIP/2.0/UDP h;branch=z9\r\n",
    b"From: <sip:a>;tag=t1\r\n",
    b"Call-ID:  c@h \r\n",
    b"CSeq: 7 INVITE\r\n",
    b"X-Odd : [/red]\r\n\xff\r\n",
)
TEXT = FIRST + b"".join(HEADERS) + b"\r\nbody"
URI = Uri(uri=Span(7, 5), flags1=0x11, flags2=0, host=4, end=6)
BODIES: tuple[Structure | None, ...] = (
    Vias(
        vias=[
            Via(
                flags=2,
                protocol=5,
                version=9,
                transport=13,
                transport_end=17,
                host=17,
                end=19,
                branch=Span(26, 2),
            )
        ]
    ),
    Address(flags=2, tag=Span(18, 2), uri=URI),
    None,
    CSeq(method_code=1, number=7, number_text=Span(6, 1), method=Span(8, 6)),
    None,
)


def payload(
    *,
    code: int = 1,
    types: tuple[int, ...] = (VIA, FROM, CALLID, CSEQ, OTHER),
    text_length: int = len(TEXT),
    moved: int = 0,
    short: bool = False,
) -> bytes:
    """An encoded message. moved: how far the second structure's start is off."""
    structures = []
    at = len(FIRST)
    for line, body in zip(HEADERS, BODIES, strict=True):
        prefix = (ShortHeaderPrefix if short else HeaderPrefix)(
            header=Span(at, len(line)), name_length=line.index(b":")
        )
        structures.append(prefix.encode() + (b"" if body is None else body.encode()))
        at += len(line)
    request = code < 100
    info = MessageInfo(
        code=code,
        text=Span(0, text_length),
        body_start=len(TEXT) - 4,
        method=Span(0, 6),
        uri=Span(7, 5),
        version=Span(13, 0),
        request_uri=URI if request else None,
        header_count=len(structures),
    )
    start = len(info.encode()) + 3 * (len(structures) + 1)
    index = b""
    for i, (type, data) in enumerate(zip((*types, 0), (*structures, b""), strict=True)):
        index += IndexEntry(type=type, start=start + (moved if i == 1 else 0)).encode()
        start += len(data)
    info.text = Span(start, text_length)
    return info.encode() + index + b"".join(structures) + TEXT


def test_fields() -> None:
    message = Message(payload(), KAMAILIO)
    assert message.is_request
    assert (message.method, message.uri, message.status) == ("INVITE", "sip:b", None)
    assert message.start_line == b"INVITE sip:b SIP/2.0"
    assert (message.text, message.body) == (TEXT, b"body")
    assert (message.call_id, message.cseq) == ("c@h", "7 INVITE")
    assert (message.from_tag, message.to_tag, message.branch) == ("t1", None, "z9")
    assert message.request_uri == URI
    assert message.info.header_count == message.header_count == 5
    assert message.text_span == (len(payload()) - len(TEXT), len(TEXT))


def test_a_response_has_a_status() -> None:
    message = Message(payload(code=200), KAMAILIO)
    assert not message.is_request
    assert (message.status, message.request_uri) == (200, None)
    assert message.method == "INVITE"  # the CSeq's


def test_headers() -> None:
    headers = Message(payload(), KAMAILIO).headers
    assert [h.type_name for h in headers] == ["VIA", "FROM", "CALLID", "CSEQ", "OTHER"]
    assert [h.name for h in headers] == ["Via", "From", "Call-ID", "CSeq", "X-Odd"]
    assert [h.text for h in headers] == list(HEADERS)
    assert headers[2].value == b"c@h"
    assert headers[4].value == b"[/red]\r\n\xff"
    assert [type(h.body) for h in headers] == [Vias, Address, type(None), CSeq, type(None)]


def test_texts_of_a_header() -> None:
    message = Message(payload(), KAMAILIO)
    sender, via = message.find("FROM"), message.find("VIA")
    assert sender is not None
    assert via is not None
    assert (sender.part("tag"), sender.part("uri.host")) == (b"t1", b"a")
    assert sender.part("display_name") is None
    assert sender.part("nonesuch") is None
    assert via.part("vias[0].branch") == b"z9"
    assert via.part("vias[1].branch") is None
    assert sender.at(Span(0, 4)) == b"From"
    assert sender.at(None) is None


def test_find() -> None:
    message = Message(payload(), KAMAILIO)
    assert [h.type for h in message.find_all("CALLID")] == [CALLID]
    assert message.find("TO") is None
    assert message.find("NONESUCH") is None
    assert message.find_all("NONESUCH") == []


def test_header_at_counts_like_a_list() -> None:
    message = Message(payload(), KAMAILIO)
    assert message.header_at(4).type == OTHER
    with pytest.raises(IndexError):
        message.header_at(5)


def test_the_payload_is_what_was_opened() -> None:
    assert Message(payload(), KAMAILIO).encode() == payload()


def test_the_short_prefix_of_the_first_servers() -> None:
    message = Message(payload(short=True), lookup("openser-1.2.0-dev15"))
    assert (message.call_id, message.cseq) == ("c@h", "7 INVITE")
    assert (message.from_tag, message.branch) == ("t1", "z9")
    assert isinstance(message.headers[0].prefix, ShortHeaderPrefix)
    assert [h.text for h in message.headers] == list(HEADERS)


def test_a_structure_of_four_bytes_has_no_body() -> None:
    data = bytearray(payload())
    at = Message(bytes(data), KAMAILIO).index_start + 3 + 1
    start = packing.unpack_from(">H", data, at)[0]
    packing.pack_into(">H", data, at + 3, start + 4)
    header = Message(bytes(data), KAMAILIO).header_at(1)
    assert isinstance(header.prefix, BareHeaderPrefix)
    assert (header.body, header.body_struct, header.trace()) == (None, None, None)
    assert header.text == HEADERS[1]


def test_the_headers_that_name_a_transaction_have_one_number_everywhere() -> None:
    for name in names():
        types = lookup(name).header_types
        assert [types[n] for n in ("VIA", "TO", "FROM", "CSEQ", "CALLID")] == [
            messages.VIA,
            messages.TO,
            messages.FROM,
            messages.CSEQ,
            messages.CALLID,
        ]


@pytest.mark.parametrize("size", range(len(payload())))
def test_a_payload_cut_anywhere_is_refused(size: int) -> None:
    with pytest.raises(DecodeError):
        Message(payload()[:size], KAMAILIO)


def test_text_beyond_the_payload_is_a_bad_span() -> None:
    with pytest.raises(BadSpan) as caught:
        Message(payload(text_length=len(TEXT) + 1), KAMAILIO)
    assert (caught.value.path, caught.value.offset) == ("text", 2)


def test_an_index_beyond_the_payload_is_truncated() -> None:
    with pytest.raises(Truncated) as caught:
        Message(payload()[: Message(payload(), KAMAILIO).index_start + 3], KAMAILIO)
    assert (caught.value.path, caught.value.needed) == ("index", 15)


def test_a_bad_index_entry_spoils_its_neighbours_only() -> None:
    message = Message(payload(moved=3000), KAMAILIO)
    with pytest.raises(BadSpan) as caught:
        message.header_at(1)
    assert caught.value.path == "index[1]"
    assert [h.type_name for h in message] == ["CALLID", "CSEQ", "OTHER"]
    assert message.call_id == "c@h"
    with pytest.raises(BadSpan):
        _ = message.from_tag


def test_a_structure_that_does_not_decode_says_where() -> None:
    message = Message(payload(moved=-1), KAMAILIO)
    with pytest.raises(SeasError):
        _ = message.header_at(0).body


def test_text_that_is_no_utf8_is_escaped() -> None:
    message = Message(payload().replace(b"c@h", b"c\xffh"), KAMAILIO)
    assert message.call_id == "c\\xffh"
