"""Whatever the bytes, building ends in a payload or a SeasError, and keeping changes nothing."""

import gzip
import json
from base64 import b64decode
from contextlib import suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.errors import EncodeError, SeasError
from seastool.seas.builder import MessageBuilder, build_event, message_builder
from seastool.seas.builder.header import HeaderStructure, header_structure
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup, names
from seastool.seas.message import Message
from seastool.sip.masking import masked

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
DIALECTS = [lookup(name) for name in names()]
DIALECT = st.sampled_from(DIALECTS)
LINES = [
    b'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport, SIP/2.0/TCP [::1];x="a,b" (c (d))\r\n',
    b'To: "A \\" B" <sip:bob:pw@h:5060;transport=udp;lr?a=b>;tag=1;x;q="y z"\r\n',
    b"f: Alice Bob\r\n <tel:+1;phone-context=x>;tag=2\r\n",
    b'm: <sip:a@b>;q=0.5;expires=60, sip:c@d;methods="INVITE"\r\n',
    b"Contact: *\r\n",
    b'Route: <sip:a;lr>, "x" <sips:b;lr=on>;p="q"\r\n',
    b"CSeq: 1 INVITE\r\n",
    b"Call-ID : 1@h\r\n",
    b"Content-Length: 0\r\n",
    b"l: 12\r\n",
    b"c: application/sdp;x=y\r\n",
    b"Accept: text/plain, */*\r\n",
    b"Allow: INVITE, ACK, FOO\r\n",
    b"Expires: 3600\r\n",
    b'Authorization: Digest username="u", uri="sip:h", nc=1, foo\r\n',
    b"Retry-After: 5 (soon)\r\n",
    b"X: \r\n y\r\n",
]
PIECES = [b"\r\n", b"\n", b"\r", b" ", b"\t", b'"', b"\\", b"<", b">", b";", b",", b"=", b":", b"@"]
PIECES += [
    b"?",
    b"(",
    b")",
    b"[",
    b"]",
    b"*",
    b"/",
    b"\0",
    b"\xff",
    b"sip:",
    b"tag",
    b"65536",
    b"x",
]


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """A message of plausible headers with a few bytes put in, taken out or doubled."""
    first = draw(
        st.sampled_from([b"INVITE sip:bob@h SIP/2.0\r\n", b"SIP/2.0 200 OK\r\n", b"X x y\n"])
    )
    lines = draw(st.lists(st.sampled_from(LINES), max_size=8))
    text = bytearray(first + b"".join(lines) + b"\r\nbody")
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(text)))
        if draw(st.booleans()):
            text[at:at] = draw(st.sampled_from(PIECES))
        else:
            del text[at : at + draw(st.integers(1, 5))]
    return bytes(text)


@settings(max_examples=1500, deadline=None)
@given(messages(), DIALECT)
def test_mutated_messages_build_or_are_refused(sip: bytes, dialect: Dialect) -> None:
    payload = outcome(message_builder(dialect), sip)
    if isinstance(payload, str):
        assert "\n" not in payload
        return
    if dialect.header_prefix == 5:
        assert Message(payload, dialect).text == sip


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200), DIALECT)
def test_any_bytes(sip: bytes, dialect: Dialect) -> None:
    with suppress(SeasError):
        build_event(sip, dialect)


@settings(max_examples=500, deadline=None)
@given(messages(), messages(), DIALECT)
def test_what_is_kept_changes_nothing(first: bytes, second: bytes, dialect: Dialect) -> None:
    """A builder that has met other messages makes the same of one as a new builder."""
    used = MessageBuilder(dialect)
    outcome(used, first)
    outcome(used, second)
    assert outcome(used, first) == outcome(MessageBuilder(dialect), first)


def outcome(builder: MessageBuilder, sip: bytes) -> bytes | str:
    try:
        return builder.build(sip)
    except EncodeError as refusal:
        return str(refusal)


def structure(line: bytes, dialect: Dialect) -> HeaderStructure | None:
    try:
        return header_structure(line + b"A", dialect)
    except EncodeError:
        return None


def golden_lines() -> set[bytes]:
    lines: set[bytes] = set()
    with gzip.open(GOLDEN / "kamailio-3.3.7" / "requests.jsonl.gz", "rt") as file:
        for entry in list(map(json.loads, file))[:300]:
            head = b64decode(entry["sip"]).partition(b"\r\n\r\n")[0]
            lines.update(line + b"\r\n" for line in head.split(b"\r\n")[1:])
    return {line for line in lines if b":" in line}


def test_masking_identifiers_leaves_the_structure() -> None:
    for dialect in (lookup("openser-1.2.0"), lookup("opensips-1.11.11"), lookup("kamailio-5.6.3")):
        for line in sorted(golden_lines()):
            assert len(masked(line)) == len(line)
            assert structure(masked(line), dialect) == structure(line, dialect), line


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(LINES), st.data(), DIALECT)
def test_masking_mutated_lines(line: bytes, data: st.DataObject, dialect: Dialect) -> None:
    at = data.draw(st.integers(0, len(line)))
    line = line[:at] + data.draw(st.sampled_from([*PIECES, b";tag=ab", b"sip:a1@"])) + line[at:]
    line = line.rstrip(b"\r\n") + b"\r\n"
    made, plain = structure(masked(line), dialect), structure(line, dialect)
    assert made is None or plain is None or made[:4] == plain[:4]
    assert (made is None) == (plain is None)


def test_long_folds_and_parameters_end() -> None:
    """No input of some size takes more than its share of time."""
    many = b";a" * 20000 + b"\r\n \r\n \r\n" * 5000
    text = b"INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nTo: <sip:h>" + many + b"\r\n\r\n"
    for name in ("openser-1.2.0", "kamailio-5.6.3"):
        outcome(MessageBuilder(lookup(name)), text)
        outcome(MessageBuilder(lookup(name)), text.replace(b"To:", b"Contact:"))
        outcome(MessageBuilder(lookup(name)), text.replace(b"To:", b"Route:"))
