"""Frames that real servers made, decoded: every field says what the SIP text says.

What the text says is read by `sip_reading`, which shares nothing with seastool, and for the
messages that it can read by the library sipmessage. Where a server's frames say something else,
the habit is named here, applied to what is expected, and listed with its server.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import sipmessage
from sip_reading import (
    Fields,
    Line,
    Pairs,
    Reading,
    address,
    body,
    credentials,
    header_lines,
    pairs,
    split,
    uri,
    via,
)

from seastool.seas.address import Contacts
from seastool.seas.codec import decode_frame
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import ResIn, SlReqIn
from seastool.seas.header import Header
from seastool.seas.message import Message, MessageInfo
from seastool.seas.types import Direction, Socket
from seastool.seas.values import Accept, Allow, ContentLength, ContentType, CSeq, Expires
from seastool.wire import Base, Node
from seastool.wire.fields import Pointers

GOLDEN = Path(__file__).parent.parent / "golden"
FILES = sorted(GOLDEN.glob("*/*.jsonl.gz"))
IDS = [f"{path.parent.name}-{path.name.removesuffix('.jsonl.gz')}" for path in FILES]
every_file = pytest.mark.parametrize("path", FILES, ids=IDS)


class Habit(Enum):
    """Where a server's structures do not say what the text says."""

    BLANKS_IN_NAME = "the length of a header's name counts the blanks before its colon"
    BLANK_HIDES = "a blank before the colon may make a header unknown"
    CONTACTS_LAST_FIRST = "the contacts of one header come last first"
    PARAMETERS_LAST_FIRST = (
        "parameters of Contact, Route and Record-Route come last first; where a value ends is"
        " told by the next pointer, so that of several only the first one's value is right"
    )
    QUOTES_LEFT_OUT = "pointers to a quoted value leave its quotes out, the name then runs to them"
    QUOTED_VALUE_CUT = "the last byte of a quoted value in To, From and their like is lost"
    VALUELESS_CUT = "a parameter of To, From ... without a value loses a byte, if not the last"
    USER_PHONE_HIDES = "with user=phone a sip URI has no parameter list; its last part runs on"
    # Every server: with user=phone, parameters within the user part are taken for the URI's.
    VIA_PARAMS_MISSING = "the span of all Via parameters is missing as a rule"
    VIA_PARAMS_CUT = "the span of all Via parameters leaves out the quote that ends them"
    LONG_BARE = "a header over 256 bytes has no body"
    LONG_WRAPS = "spans in a header over 255 bytes are cut to 8 bits: only their number is right"
    ALLOW_REFUSED = "an Allow with a method that the server does not know is not parsed"


H = Habit
_OPENSER = {
    H.BLANK_HIDES,
    H.QUOTES_LEFT_OUT,
    H.LONG_WRAPS,
    H.VALUELESS_CUT,
}
_OPENSER_1 = _OPENSER | {H.CONTACTS_LAST_FIRST, H.QUOTED_VALUE_CUT, H.VIA_PARAMS_MISSING}
_OPENSER_1 |= {H.BLANKS_IN_NAME}
_KAMAILIO = {H.USER_PHONE_HIDES, H.LONG_BARE}
_KAMAILIO_4 = _KAMAILIO | {H.CONTACTS_LAST_FIRST, H.VIA_PARAMS_MISSING}
_KAMAILIO_4 |= {H.BLANKS_IN_NAME, H.BLANK_HIDES}
HABITS = {
    "openser-1.2.0": _OPENSER_1 | {H.ALLOW_REFUSED},
    "openser-1.3.0": _OPENSER_1,
    "opensips-1.6.3": _OPENSER | {H.BLANKS_IN_NAME, H.PARAMETERS_LAST_FIRST, H.VIA_PARAMS_MISSING},
    "opensips-1.11.11": _OPENSER | {H.PARAMETERS_LAST_FIRST, H.VIA_PARAMS_CUT},
    "kamailio-3.3.7": _KAMAILIO_4,
    "kamailio-4.4.7": _KAMAILIO_4,
    "kamailio-5.6.3": _KAMAILIO | {H.CONTACTS_LAST_FIRST, H.VIA_PARAMS_MISSING},
    "kamailio-master": _KAMAILIO | {H.VIA_PARAMS_CUT},
}


class Golden(NamedTuple):
    """One recorded message: what went in and the event that came out."""

    server: str
    name: str
    sip: bytes
    event: SlReqIn | ResIn
    message: Message

    @property
    def text(self) -> str:
        return self.sip.decode("latin-1")

    def has(self, habit: Habit) -> bool:
        return habit in HABITS[self.server]


@cache
def golden(path: Path) -> list[Golden]:
    """The messages of a file that their server made an event of."""
    server = path.parent.name
    dialect = lookup(server)
    found = []
    with gzip.open(path, "rt") as lines:
        for record in map(json.loads, lines):
            if record["frame"] is None:
                continue
            frame = base64.b64decode(record["frame"])
            event = decode_frame(frame, Socket.EVENT, Direction.TO_AS, dialect.layout)
            assert isinstance(event, SlReqIn | ResIn)
            assert event.encode() == frame
            message = Message(event.payload, dialect)
            found.append(
                Golden(server, record["name"], base64.b64decode(record["sip"]), event, message)
            )
    return found


def test_every_server_has_its_habits_listed() -> None:
    assert {path.parent.name for path in FILES} == set(HABITS)


@every_file
def test_information(path: Path) -> None:
    for one in golden(path):
        assert one.message.text == one.sip
        assert one.message.body.decode("latin-1") == body(one.text), one.name
        first, second, rest = one.text.split("\n")[0].rstrip("\r").split(" ", 2)
        info = one.message.info
        if isinstance(one.event, ResIn):
            assert (one.message.status, info.request_uri) == (int(second), None)
            assert one.message.uri.encode() == rest.encode("latin-1")
            assert info.version.start == 0
        else:
            assert (one.message.method, one.message.uri) == (first, second)
            assert _method(one.message.code, one.message.dialect) == _known(first, one.message)
            assert info.version.start == len(f"{first} {second} ")
        assert info.version.length == 0


def _method(code: int, dialect: Dialect) -> str | None:
    return dialect.method_name(code)


def _known(method: str, message: Message) -> str:
    return method if method in message.dialect.methods else "OTHER"


@every_file
def test_request_uri(path: Path) -> None:
    for one in golden(path):
        if isinstance(one.event, ResIn):
            continue
        message = one.message
        origins = {Base.TEXT: 0, Base.HEADER: 0}
        node = MessageInfo.trace(message.payload, 0, message.index_start, origins=origins)
        (request_uri,) = (child for child in node.children if child.name == "request_uri")
        expected = _uri(one, "", uri(message.uri))
        assert _found(request_uri, one.text) == expected, one.name


@every_file
def test_headers_are_where_they_stand(path: Path) -> None:
    for one in golden(path):
        lines = header_lines(one.text)
        assert one.message.header_count == len(lines)
        for header, line in zip(one.message.headers, lines, strict=True):
            assert header.span == (line.start, line.end - line.start)
            assert header.name == line.name
            assert header.value.decode("latin-1") == line.value
            length = getattr(header.prefix, "name_length", None)
            written = line.text.index(":") if one.has(H.BLANKS_IN_NAME) else len(line.name)
            assert length == (None if header.prefix_struct.__name__[0] == "B" else written)


NAMES = {
    "v": "VIA",
    "t": "TO",
    "f": "FROM",
    "i": "CALLID",
    "m": "CONTACT",
    "l": "CONTENTLENGTH",
    "c": "CONTENTTYPE",
    "k": "SUPPORTED",
    "via": "VIA",
    "to": "TO",
    "from": "FROM",
    "call-id": "CALLID",
    "cseq": "CSEQ",
    "contact": "CONTACT",
    "max-forwards": "MAXFORWARDS",
    "route": "ROUTE",
    "record-route": "RECORDROUTE",
    "content-length": "CONTENTLENGTH",
    "content-type": "CONTENTTYPE",
    "accept": "ACCEPT",
    "expires": "EXPIRES",
    "allow": "ALLOW",
    "authorization": "AUTHORIZATION",
    "proxy-authorization": "PROXYAUTH",
    "refer-to": "REFER_TO",
    "remote-party-id": "RPID",
    "p-asserted-identity": "PAI",
    "event": "EVENT",
    "supported": "SUPPORTED",
    "subject": "SUBJECT",
    "user-agent": "USERAGENT",
    "content-disposition": "CONTENTDISPOSITION",
}


@every_file
def test_types_are_those_of_the_names(path: Path) -> None:
    seen = set()
    for one in golden(path):
        for header, line in zip(one.message.headers, header_lines(one.text), strict=True):
            expected = NAMES.get(line.name.lower())
            if expected is not None:
                blank = one.has(H.BLANK_HIDES) and line.text[len(line.name)] != ":"
                assert header.type_name in (expected, "OTHER" if blank else expected), line.text
                seen.add(expected)
    assert seen >= {"VIA", "TO", "FROM", "CALLID", "CSEQ", "CONTACT", "ROUTE", "RECORDROUTE"}


def _found(node: Node, text: str) -> dict[str, object]:
    """The text of every field that points at some, by path; parameter lists as pairs."""
    found: dict[str, object] = {}
    for child in node.children:
        if isinstance(child.field, Pointers):
            found[child.name] = _pairs(child, text)
        elif child.children:
            prefix = "" if child.children[0].name == "count" else child.name + "."
            found |= {prefix + path: value for path, value in _found(child, text).items()}
        elif child.text is not None:
            found[child.name] = text[slice(*child.text)]
    return found


def _pairs(node: Node, text: str) -> Pairs:
    parameters = [child.children for child in node.children if child.children]
    return [(text[slice(*name.text)], text[slice(*value.text)]) for name, value in parameters]


def _under(prefix: str, fields: Fields | dict[str, object]) -> dict[str, object]:
    return {prefix + name: value for name, value in fields.items()}


def _uri(one: Golden, prefix: str, reading: Reading) -> dict[str, object]:
    """What a URI structure should say."""
    fields, parameters = dict(reading.fields), list(reading.parameters)
    if fields.get("user_param") == "user=phone" and fields["uri"][:3].lower() == "sip":
        last = "port" if "port" in fields else "host"
        _, hoists, within = fields.get("user", "").partition(";")
        if hoists:
            fields["parameters"] = fields["uri"].partition(";")[2].partition("?")[0]
            fields[last] = ""
            parameters = pairs(within.split(";"))
        elif one.has(H.USER_PHONE_HIDES):
            fields[last] += ";" + fields.pop("parameters")
            parameters = []
    return _under(prefix, {**fields, "parameter_list": parameters})


def _parameters(one: Golden, pairs: Pairs, *, plain: bool) -> Pairs:
    """What a header's parameter list should say. plain: To, From and their like."""
    if pairs and not plain and one.has(H.PARAMETERS_LAST_FIRST):
        first, *others = pairs
        pairs = [*((name if value else "", value) for name, value in others[::-1]), first]
        return [*((n, "") for n, _ in _unquoted(one, pairs[:-1])), *_unquoted(one, [first])]
    if plain and one.has(H.VALUELESS_CUT):
        pairs = [(n if v or (n, v) == pairs[-1] else n[:-1], v) for n, v in pairs]
    return _unquoted(one, pairs, cut=plain and one.has(H.QUOTED_VALUE_CUT))


def _unquoted(one: Golden, pairs: Pairs, *, cut: bool = False) -> Pairs:
    """Names run on to the quote, and values too, but for the last."""
    if not one.has(H.QUOTES_LEFT_OUT):
        return pairs
    found = [(n + "=", v[1:]) if v.startswith('"') else (n, v) for n, v in pairs]
    if pairs and pairs[-1][1].startswith('"'):
        found[-1] = (found[-1][0], pairs[-1][1][1 : -2 if cut else -1])
    return found


def _address(one: Golden, line: Line) -> dict[str, object]:
    """From, To, Refer-To, Remote-Party-ID: the display name without quotes."""
    reading = address(line.value)
    fields = {n: t for n, t in reading.fields.items() if n in ("display_name", "tag")}
    if "display_name" in fields:
        fields["display_name"] = re.sub(r'\A"(.*)"\Z', r"\1", fields["display_name"].strip())
    listed = _parameters(one, reading.parameters, plain=True)
    assert reading.uri is not None
    return {**fields, "parameter_list": listed, **_uri(one, "uri.", reading.uri)}


def _addresses(one: Golden, line: Line, name: str, names: tuple[str, ...]) -> dict[str, object]:
    readings = [address(piece) for piece in split(line.value, ",")]
    if name == "contacts" and one.has(H.CONTACTS_LAST_FIRST):
        readings.reverse()
    expected: dict[str, object] = {}
    for i, reading in enumerate(readings):
        prefix = f"{name}[{i}]."
        fields = {n: text for n, text in reading.fields.items() if n in names}
        listed = _parameters(one, reading.parameters, plain=False)
        assert reading.uri is not None
        expected |= _under(prefix, {**fields, "parameter_list": listed})
        expected |= _uri(one, prefix + "uri.", reading.uri)
    return expected


def _contacts(one: Golden, line: Line) -> dict[str, object]:
    """The display name as written, quotes and all, without the blanks behind it."""
    if line.value == "*":
        return {}
    names = ("display_name", "q", "expires", "received", "methods")
    expected = _addresses(one, line, "contacts", names)
    for path in [path for path in expected if path.endswith("display_name")]:
        expected[path] = str(expected[path]).rstrip()
    return expected


def _routes(one: Golden, line: Line) -> dict[str, object]:
    """The display name is all before the bracket."""
    return _addresses(one, line, "routes", ("display_name",))


def _vias(one: Golden, line: Line) -> dict[str, object]:
    """A part runs to the next less one byte, so that blanks around a slash belong to it."""
    expected: dict[str, object] = {}
    for i, piece in enumerate(split(line.value, ",")):
        reading = via(piece)
        fields = dict(reading.fields)
        first, second = re.findall(r"\s*/\s*", piece)[:2]
        fields["protocol"] += first[:-1]
        fields["version"] += second[:-1]
        if one.has(H.VIA_PARAMS_CUT) and "params" in fields:
            fields["params"] = fields["params"].removesuffix('"')
        listed = _unquoted(one, reading.parameters)
        expected |= _under(f"vias[{i}].", {**fields, "parameter_list": listed})
    return expected


def _cseq(one: Golden, line: Line) -> dict[str, object]:
    number, method = line.value.split()
    return {"number_text": number, "method": method}


def _expires(one: Golden, line: Line) -> dict[str, object]:
    return {"text": line.value}


def _digest(one: Golden, line: Line) -> dict[str, object]:
    fields = {n: t for n, t in credentials(line.value).items() if n in DIGEST}
    where = fields.pop("uri", None)
    return {**fields, **({} if where is None else _uri(one, "uri.", uri(where)))}


DIGEST = {
    *("username", "realm", "nonce", "uri", "response"),
    *("algorithm", "cnonce", "opaque", "qop", "nc"),
}

Expectation = Callable[[Golden, Line], dict[str, object]]
TEXTS: dict[str, Expectation] = {
    "FROM": _address,
    "TO": _address,
    "REFER_TO": _address,
    "RPID": _address,
    "CONTACT": _contacts,
    "ROUTE": _routes,
    "RECORDROUTE": _routes,
    "VIA": _vias,
    "CSEQ": _cseq,
    "EXPIRES": _expires,
    "AUTHORIZATION": _digest,
    "PROXYAUTH": _digest,
}


def _bodies(one: Golden, kinds: set[str]) -> Iterator[tuple[Header, Line]]:
    """The headers of some kinds that have a body; those without one are as they should be."""
    for header, line in zip(one.message.headers, header_lines(one.text), strict=True):
        if header.type_name not in kinds:
            continue
        size = line.end - line.start
        if size > 256 and one.has(H.LONG_BARE):
            assert header.end - header.start == 4
        elif header.body_struct is None:
            assert _may_be_unparsed(one, header, line), (one.name, line.text)
        else:
            yield header, line


def _may_be_unparsed(one: Golden, header: Header, line: Line) -> bool:
    if header.type_name == "ACCEPT":
        return "\n" in line.value
    if header.type_name == "ALLOW" and one.has(H.ALLOW_REFUSED):
        return any(m not in one.message.dialect.methods for m in split(line.value, ","))
    return False


@every_file
@pytest.mark.parametrize("kind", TEXTS)
def test_texts(path: Path, kind: str) -> None:
    checked = 0
    for one in golden(path):
        for header, line in _bodies(one, {kind}):
            node = header.trace()
            assert node is not None
            expected = TEXTS[kind](one, line)
            found = _found(node, one.text)
            if line.end - line.start > 255 and one.has(H.LONG_WRAPS):
                assert {path for path, _ in found.items()} == set(expected), (one.name, line.text)
                continue
            _forgive(one, found, expected)
            assert found == expected, (one.name, line.text)
            checked += 1
    assert checked or kind not in ("FROM", "TO", "VIA", "CSEQ", "CONTACT", "ROUTE")


def _forgive(one: Golden, found: dict[str, object], expected: dict[str, object]) -> None:
    """Take out what is left open: blanks behind a Via's parameters, and their whole span where
    it is a habit to leave it out."""
    for path in [path for path in expected if path.endswith("].params")]:
        if path in found:
            found[path] = str(found[path]).rstrip()
            expected[path] = str(expected[path]).rstrip()
        elif one.has(H.VIA_PARAMS_MISSING):
            del expected[path]


def _mime(dialect: Dialect, text: str) -> str:
    """A type as the dialect can say it: what it has no number for is unknown."""
    kind, _, subtype = text.partition(";")[0].strip().lower().partition("/")
    kind = kind if kind in dialect.mime_types else "unknown"
    return f"{kind}/{subtype if subtype in dialect.mime_subtypes else 'unknown'}"


def _value(header: Header, line: Line, dialect: Dialect) -> tuple[object, object]:
    """What the body says and what the text says, for headers whose body holds a value."""
    value, found = line.value, header.body
    match found:
        case CSeq():
            number, method = value.split()
            code = dialect.method_name(found.method_code)
            known = method if method in dialect.methods else "OTHER"
            return (found.number, code), (int(number), known)
        case ContentLength():
            return (found.size, found.value, found.padding), (8, int(value), bytes(4))
        case ContentType():
            return dialect.mime_name(found.mime), _mime(dialect, value)
        case Accept():
            wanted = [_mime(dialect, piece) for piece in value.split(",")]
            return [dialect.mime_name(mime) for mime in found.mimes], wanted
        case Expires():
            return found.value, int(value)
        case Allow():
            methods = {piece.strip() for piece in value.split(",")}
            known = {method if method in dialect.methods else "OTHER" for method in methods}
            return set(dialect.method_mask(found.methods)), known
        case Contacts():
            return found.contacts is None, value == "*"
        case _:
            raise AssertionError(header.type_name)


VALUES = {"CSEQ", "CONTENTLENGTH", "CONTENTTYPE", "ACCEPT", "EXPIRES", "ALLOW", "CONTACT"}


@every_file
@pytest.mark.parametrize("kind", sorted(VALUES))
def test_values(path: Path, kind: str) -> None:
    for one in golden(path):
        for header, line in _bodies(one, {kind}):
            found, expected = _value(header, line, one.message.dialect)
            assert found == expected, (one.name, line.text)


@every_file
def test_fields_of_the_message(path: Path) -> None:
    """What is read without decoding a header."""
    for one in golden(path):
        first: dict[str, str] = {}
        for line, header in zip(header_lines(one.text), one.message.headers, strict=True):
            first.setdefault(header.type_name, line.value)
        assert set(first) >= {"CALLID", "CSEQ", "FROM", "TO", "VIA"} or one.has(H.BLANK_HIDES)
        message = one.message
        assert message.call_id == first.get("CALLID")
        assert message.cseq == first.get("CSEQ")
        assert message.from_tag == _tag(first.get("FROM"))
        assert message.to_tag == _tag(first.get("TO"))
        top = first.get("VIA")
        branch = None if top is None else via(split(top, ",")[0]).fields.get("branch")
        assert message.branch == branch


def _tag(value: str | None) -> str | None:
    return None if value is None else address(value).fields.get("tag")


@every_file
def test_sipmessage_reads_the_same(path: Path) -> None:
    """A second opinion, on the messages that this library takes."""
    agreed = 0
    for one in golden(path):
        try:
            other = sipmessage.Message.parse(one.sip)
            to, sender = other.to_address, other.from_address
            vias, call_id, cseq = other.via, other.call_id, other.cseq
        except (ValueError, KeyError, IndexError):
            continue
        message = one.message
        if any(line.text[len(line.name)] != ":" for line in header_lines(one.text)):
            continue
        assert message.call_id == call_id
        assert (message.cseq or "").split() == [str(cseq.sequence), cseq.method]
        assert message.from_tag == sender.parameters.get("tag")
        assert message.to_tag == to.parameters.get("tag")
        assert message.branch == vias[0].parameters.get("branch")
        for name, person in (("FROM", sender), ("TO", to)):
            header = message.find(name)
            assert header is not None
            if person.uri.scheme in ("sip", "sips") and "user" not in person.uri.parameters:
                assert (header.part("uri.host") or b"").decode() == person.uri.host
                agreed += 1
    assert agreed > 100
