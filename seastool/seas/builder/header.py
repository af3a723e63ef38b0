"""One header of a SIP text as its structure in the encoded message
(docs/protocol.md: Header structures).

All but the first two bytes of a structure depend on the header's own bytes only, so what is
made here can be kept and used for every message with the same header.
"""

from collections.abc import Callable
from enum import IntFlag
from struct import Struct
from typing import Final, NamedTuple

from seastool.errors import EncodeError, SipError
from seastool.seas.builder import values
from seastool.seas.builder.addresses import address_record, contacts_record, routes_record
from seastool.seas.builder.via import vias_record
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.header import BareHeaderPrefix, HeaderPrefix, ShortHeaderPrefix
from seastool.seas.values import Accept, ContentType
from seastool.sip.address import parse_address
from seastool.sip.contact import parse_contacts
from seastool.sip.digest import is_digest, parse_digest
from seastool.sip.header_name import OTHER, HeaderName, read_header_name
from seastool.sip.method import parse_methods
from seastool.sip.mime import parse_accept, parse_content_type
from seastool.sip.route import parse_routes
from seastool.sip.text import CR, LWS, fail
from seastool.sip.values import (
    parse_content_length,
    parse_cseq,
    parse_expires,
    parse_retry_after,
)
from seastool.sip.via import parse_vias
from seastool.wire import Span, Structure

_LONGEST_INDEXED: Final = 256
_LONGEST_SHORT: Final = 255
_LONGEST: Final = 65536
_LENGTH: Final = Struct(">H")
_START_SIZE: Final = 2
_TRIMMED: Final = b"\0\r\n"


class Seen(IntFlag):
    """Headers that matter beyond their own structure, once one has been met."""

    VIA = 1
    TO = 2
    FROM = 4
    CSEQ = 8
    CALLID = 16
    MAXFORWARDS = 32
    CONTENTLENGTH = 64
    CONTENTTYPE = 128
    ACCEPT = 256


UNIQUE: Final = int(
    Seen.TO | Seen.FROM | Seen.CSEQ | Seen.CALLID | Seen.MAXFORWARDS | Seen.CONTENTLENGTH
)
_SEEN: Final = {name: int(flag) for name, flag in Seen.__members__.items()}


class HeaderStructure(NamedTuple):
    """A header's structure without its start.

    code: the header's type on the wire. seen: which of `Seen` it is, or 0. tail: the
    structure behind the u16 that says where the header starts. length: of the header in the
    text, which may be less than its line. fault: why Content-Type or Accept did not parse,
    for the message to judge.
    """

    code: int
    seen: int
    tail: bytes
    length: int
    fault: str = ""


class _Text(NamedTuple):
    """A header's text and a byte behind it; where its value starts and, trimmed, ends."""

    text: bytes
    start: int
    end: int


def header_structure(text: bytes, dialect: Dialect) -> HeaderStructure:
    """The structure of the header that `text` holds, with the byte behind it.

    Raises: EncodeError if the server refuses a message with it.
    """
    kind = OTHER
    try:
        name = read_header_name(text, 0, dialect.grammar)
        kind = name.kind if name.kind in dialect.header_types else OTHER
        return _structure(text, name, kind, dialect)
    except SipError as refusal:
        raise EncodeError(
            f"{dialect.name} refuses the message: {refusal.reason} at byte {refusal.offset} of "
            f"the header {text[:-1][:80]!r}",
            path=kind,
            value=text[:-1],
        ) from refusal


def has_body(text: bytes, dialect: Dialect) -> bool:
    """Whether the structure of that header depends on more than its name and length.

    Raises: SipError if it has no name.
    """
    return read_header_name(text, 0, dialect.grammar).kind in _WITH_BODY


def _structure(text: bytes, name: HeaderName, kind: str, dialect: Dialect) -> HeaderStructure:
    blanks = LWS.match(text, name.end)
    start = blanks.end() if blanks else name.end
    length, body = len(text) - 1, None
    reader = _SELF_ENDING.get(kind)
    if kind == "FROM" and dialect.grammar.from_parsed_first:
        reader = _to
    if reader:
        length, body = reader(text, start, dialect)
    end = length
    while end > start and text[end - 1] in _TRIMMED:
        end -= 1
    where = _Text(text, start, end)
    if kind == "CONTENTLENGTH":
        _check_zero(where, body, dialect)
    prefix = _prefix(length, name.length, dialect)
    fault = ""
    if isinstance(prefix, BareHeaderPrefix):
        body = None
        if kind in ("CONTENTTYPE", "ACCEPT"):
            fault = _fault(kind, where, dialect)
    elif kind in _OPTIONAL:
        try:
            body = _OPTIONAL[kind](where, dialect)
        except SipError as error:
            fault = error.reason
    elif isinstance(body, _Later):
        body = body.make()
    elif kind in _BODIES:
        body = _BODIES[kind](where, dialect)
    tail = prefix.encode()[_START_SIZE:] + (body.encode() if isinstance(body, Structure) else b"")
    return HeaderStructure(dialect.header_types[kind], _SEEN.get(kind, 0), tail, length, fault)


def _fault(kind: str, where: _Text, dialect: Dialect) -> str:
    try:
        _OPTIONAL[kind](where, dialect)
    except SipError as error:
        return error.reason
    return ""


def _prefix(
    length: int, name_length: int, dialect: Dialect
) -> HeaderPrefix | ShortHeaderPrefix | BareHeaderPrefix:
    quirks = dialect.quirks
    if Quirk.LONG_HEADER_REFUSED in quirks and length > _LONGEST_SHORT:
        fail(f"header of {length} bytes", 0)
    if length > _LONGEST:
        fail(f"header of {length} bytes", 0)
    header = Span(0, length & 0xFFFF)
    if Quirk.SHORT_PREFIX in quirks:
        return ShortHeaderPrefix(header=header, name_length=name_length & 0xFF)
    if Quirk.LONG_HEADER_PREFIX_ONLY in quirks and length > _LONGEST_INDEXED:
        return BareHeaderPrefix(header=header)
    return HeaderPrefix(header=header, name_length=name_length & 0xFF)


class _Later(NamedTuple):
    """A body that is only made for a header that gets one."""

    make: Callable[[], Structure]


_Body = Structure | _Later | None


def _via(text: bytes, start: int, dialect: Dialect) -> tuple[int, _Body]:
    vias = parse_vias(text, start, dialect.grammar)
    return vias.end, _Later(lambda: vias_record(text, vias.vias, dialect))


def _to(text: bytes, start: int, dialect: Dialect) -> tuple[int, _Body]:
    address = parse_address(text, start, len(text), dialect.grammar)
    return address.end, _Later(lambda: address_record(text, address, dialect))


def _cseq(text: bytes, start: int, dialect: Dialect) -> tuple[int, _Body]:
    found = parse_cseq(text, start, dialect.grammar)
    return found.end, _Later(lambda: values.cseq_record(found, dialect))


def _content_length(text: bytes, start: int, dialect: Dialect) -> tuple[int, _Body]:
    found = parse_content_length(text, start, dialect.grammar)
    return found.end, values.content_length_record(found.value, dialect)


def _retry_after(text: bytes, start: int, dialect: Dialect) -> tuple[int, _Body]:
    if not dialect.grammar.retry_after_parsed:
        return len(text) - 1, None
    return parse_retry_after(text, start, dialect.grammar).end, None


def _check_zero(where: _Text, body: _Body, dialect: Dialect) -> None:
    """A zero is parsed a second time, in a text that was cut behind the CR."""
    if Quirk.CONTENT_LENGTH_ZERO_REFUSED not in dialect.quirks:
        return
    value = getattr(body, "value", 0)
    if not value and where.text[where.end] == CR:
        fail(f"known fault of this server: {Quirk.CONTENT_LENGTH_ZERO_REFUSED}", where.end)


def _from(where: _Text, dialect: Dialect) -> _Body:
    """From, Refer-To, Remote-Party-ID: one that does not parse has no body."""
    try:
        address = parse_address(where.text, where.start, where.end + 1, dialect.grammar)
    except SipError:
        return None
    return address_record(where.text, address, dialect)


def _contact(where: _Text, dialect: Dialect) -> _Body:
    return contacts_record(where.text, parse_contacts(*where, dialect.grammar), dialect)


def _route(where: _Text, dialect: Dialect) -> _Body:
    return routes_record(where.text, parse_routes(*where, dialect.grammar), dialect)


def _digest(where: _Text, dialect: Dialect) -> _Body:
    if not is_digest(*where, dialect.grammar):
        if dialect.carries_all and not dialect.has(Quirk.OTHER_SCHEME_KILLS):
            return None
        fail(f"known fault of this server: {Quirk.OTHER_SCHEME_KILLS}", where.start)
    return values.digest_record(where.text, parse_digest(*where), dialect)


def _expires(where: _Text, dialect: Dialect) -> _Body:
    return values.expires_record(parse_expires(*where, dialect.grammar))


def _allow(where: _Text, dialect: Dialect) -> _Body:
    return values.allow_record(parse_methods(*where, dialect.grammar), dialect)


def _content_type(where: _Text, dialect: Dialect) -> _Body:
    names = (dialect.mime_types, dialect.mime_subtypes)
    mime = parse_content_type(*where, names, dialect.grammar)
    return ContentType(mime=values.mime_code(mime, dialect), padding=b"")


def _accept(where: _Text, dialect: Dialect) -> _Body:
    names = (dialect.mime_types, dialect.mime_subtypes)
    mimes = parse_accept(*where, names, dialect.grammar)
    return Accept(mimes=[values.mime_code(mime, dialect) for mime in mimes], padding=b"")


# Headers that the proxy's core reads to find where they end; the others end with their line.
_SELF_ENDING: Final[dict[str, Callable[[bytes, int, Dialect], tuple[int, _Body]]]] = {
    "VIA": _via,
    "TO": _to,
    "CSEQ": _cseq,
    "CONTENTLENGTH": _content_length,
    "RETRY_AFTER": _retry_after,
}
_BODIES: Final[dict[str, Callable[[_Text, Dialect], _Body]]] = {
    "FROM": _from,
    "REFER_TO": _from,
    "RPID": _from,
    "CONTACT": _contact,
    "ROUTE": _route,
    "RECORDROUTE": _route,
    "AUTHORIZATION": _digest,
    "PROXYAUTH": _digest,
    "EXPIRES": _expires,
}
# A failure here is not, or not by itself, the end of the message.
_OPTIONAL: Final[dict[str, Callable[[_Text, Dialect], _Body]]] = {
    "ALLOW": _allow,
    "CONTENTTYPE": _content_type,
    "ACCEPT": _accept,
}
_WITH_BODY: Final = frozenset((*_SELF_ENDING, *_BODIES, *_OPTIONAL))
