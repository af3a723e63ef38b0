"""The messages of RFC 4475: they are what they should be, and all that reads SIP survives them."""

import pytest
from torture_messages import Torture, torture, torture_messages

from seastool.errors import EncodeError, SeasError, SipError
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.dialects import lookup
from seastool.seas.message import Message
from seastool.seas.openser.behaviours import usable
from seastool.seas.types import Direction, EventType, Socket
from seastool.sip.framing import NEED_DATA, SipMessage, SipSplitter
from seastool.sip.grammar import Grammar
from seastool.sip.incoming import MessageReader
from seastool.sip.reply import respond

DIALECTS = ("openser-1.2.0", "opensips-1.11.11", "kamailio-3.3.7", "kamailio-5.6.3")
GRAMMARS = {
    "default": Grammar(),
    "usable": usable().dialect.grammar,
    **{name: lookup(name).grammar for name in DIALECTS},
}
WRONG_LENGTH = {"dblreq", "clerr", "ncl", "mcl01"}
EACH = pytest.mark.parametrize("message", torture_messages(), ids=lambda message: message.name)
# Sizes of a few, counted by hand from the RFC: a slip in the notation would show in them.
SIZES = {"wsinv": 1001, "longreq": 3515, "mpart01": 1290, "unreason": 526, "scalar02": 476}


def is_one_line(error: SeasError) -> None:
    assert len(str(error).splitlines()) == 1


def split(*pieces: bytes) -> list[bytes]:
    splitter = SipSplitter()
    found = []
    for piece in pieces:
        splitter.receive_data(piece)
        while (event := splitter.next_event()) is not NEED_DATA:
            if isinstance(event, SipMessage):
                found.append(event.data)
    return found


def test_there_are_all_of_them():
    messages = torture_messages()
    assert len(messages) == len({message.name for message in messages}) == 49
    sections = [tuple(map(int, message.section.split("."))) for message in messages]
    assert sections == sorted(set(sections))
    parts = {(3, 1, 1): 13, (3, 1, 2): 19, (3, 2): 1, (3, 3): 15, (3, 4): 1}
    for part, count in parts.items():
        assert sum(section[: len(part)] == part for section in sections) == count


@EACH
def test_each_is_whole(message: Torture):
    assert b"\r\n\r\n" in message.data
    assert message.data.count(b"\n") == message.data.count(b"\r\n") or message.name == "mpart01"
    assert message.is_response == message.data.startswith(b"SIP/")
    assert not (message.is_response and message.refusals)
    assert message.is_valid or message.is_response or message.refusals
    assert SIZES.get(message.name, len(message.data)) == len(message.data)


@EACH
def test_content_length_is_that_of_the_body(message: Torture):
    head = message.data.partition(b"\r\n\r\n")[0].lower()
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.partition(b":")[0].strip() in (b"content-length", b"l")
    ]
    if message.name in WRONG_LENGTH:
        assert lengths != [len(message.body)]
    elif message.name == "inv2543":
        assert lengths == []
    else:
        assert lengths == [len(message.body)]


def test_the_bytes_that_are_no_text():
    assert b'"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f"' in torture("intmeth").data
    assert torture("trws").data.startswith(b"OPTIONS sip:remote-target@example.com SIP/2.0  \r\n")
    assert torture("noreason").data.startswith(b"SIP/2.0 100 \r\n")
    assert "но сто девяносто девять".encode() in torture("unreason").data
    assert b'"J Rosenberg \\\\\\""' in torture("wsinv").data
    assert torture("longreq").data.count(b"SIP/2.0/TCP") == 34
    assert torture("dblreq").body.startswith(b"\r\nINVITE ")


@EACH
@pytest.mark.parametrize("grammar", GRAMMARS)
def test_a_reader_takes_it_or_refuses_it(message: Torture, grammar: str):
    reader = MessageReader(GRAMMARS[grammar])
    try:
        incoming = reader.read(message.data)
    except SipError as error:
        is_one_line(error)
        return
    assert incoming.text == message.data
    assert incoming.start.is_request is not message.is_response
    if not message.is_response:
        assert incoming.method == message.method
        form = reader.form(incoming, bytes((192, 0, 2, 9)), 5070)
        sip = form.render(400, b"Bad Request", tag=b"t")
        assert sip.startswith(b"SIP/2.0 400 Bad Request\r\n")
        assert b";received=192.0.2.9" in sip


@EACH
@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("kind", [EventType.T_REQ_IN, EventType.SL_REQ_IN, EventType.RES_IN])
def test_a_server_encodes_it_or_refuses_it(message: Torture, dialect: str, kind: EventType):
    found = lookup(dialect)
    try:
        frame = build_event(message.data, found, type=kind)
    except EncodeError as error:
        is_one_line(error)
        return
    event = decode_frame(frame, Socket.EVENT, Direction.TO_AS)
    text = bytes(Message(event.payload, found).text)
    assert message.data.startswith(text)
    assert text.startswith(message.data.partition(b"\r\n\r\n")[0])


@EACH
def test_it_is_answered_or_the_answer_is_refused(message: Torture):
    if message.is_response:
        return
    try:
        sip = respond(message.data, 400, b"Bad Request", tag=b"t")
    except SeasError as error:
        is_one_line(error)
        return
    for name in (b"\r\nVia", b"\r\nContent-Length: 0\r\n\r\n"):
        assert name.lower() in sip.lower()


@EACH
def test_a_stream_is_cut_alike_however_it_comes(message: Torture):
    whole = split(message.data)
    assert split(*(bytes([byte]) for byte in message.data)) == whole
    half = len(message.data) // 2
    assert split(message.data[:half], message.data[half:]) == whole
    if message.is_valid and message.name not in ("inv2543", "wsinv", "dblreq"):
        assert whole == [message.data]


def test_two_requests_of_a_stream_are_two():
    assert [text.split()[0] for text in split(torture("dblreq").data)] == [b"REGISTER", b"INVITE"]


def test_what_a_stream_does_not_hold_yet_is_waited_for():
    assert split(torture("clerr").data) == []


@EACH
def test_a_via_of_ours_goes_on_top(message: Torture):
    sent = message.sent_from("127.0.0.1", 5070, "TCP")
    lines = sent.split(b"\r\n")
    assert lines[0] == message.data.split(b"\r\n")[0]
    assert lines[1].startswith(b"Via: SIP/2.0/TCP 127.0.0.1:5070;branch=z9hG4bK-torture-")
    assert lines[2:] == message.data.split(b"\r\n")[1:]
