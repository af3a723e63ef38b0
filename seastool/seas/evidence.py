"""What one frame tells about the proxy that speaks: facts, each of which some dialects fit.

A fact is a small tuple, its kind first, so that equal ones are counted together. Nothing here
needs to know the dialect; the headers are found by the frame's own index and named by the SIP
text. Source: docs/protocol.md: Dialects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from struct import Struct, error
from typing import Any, Final

from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.dialect_numbers import METHODS_KAMAILIO_3, METHODS_KAMAILIO_5_2
from seastool.seas.types import ActionType, EventSocketAction, Layout, Socket

Fact = tuple[Any, ...]

_HEAD = Struct(">HHHH").unpack_from
_ENTRY = Struct(">BH").unpack_from
_u16 = Struct(">H").unpack_from
_u32 = Struct(">I").unpack_from
_FIRST_STATUS = 100
_INFO_SIZE = 14
_MAX_NAME = 64
_CHECKED_SIZE = 3200  # of the buffer for an event, where one that does not fit is refused

# Names as written -> as the module spells them. Compact names only where every server knows them;
# `s` and `r` are known to the servers of layout B alone.
_AS_WRITTEN = (
    "via to from cseq call-id contact max-forwards route record-route path content-type"
    " content-length authorization expires supported proxy-require unsupported allow event"
    " accept accept-language organization priority subject user-agent accept-disposition"
    " content-disposition diversion privacy require server date identity reason"
)
NAMES: Final = {
    **{name: name.upper().replace("-", "") for name in _AS_WRITTEN.split()},
    "proxy-authorization": "PROXYAUTH",
    "remote-party-id": "RPID",
    "refer-to": "REFER_TO",
    "session-expires": "SESSION_EXPIRES",
    "min-se": "MIN_SE",
    "p-preferred-identity": "PPI",
    "p-asserted-identity": "PAI",
    "subscription-state": "SUBSCRIPTION_STATE",
    "accept-contact": "ACCEPTCONTACT",
    "allow-events": "ALLOWEVENTS",
    "content-encoding": "CONTENTENCODING",
    "referred-by": "REFERREDBY",
    "reject-contact": "REJECTCONTACT",
    "request-disposition": "REQUESTDISPOSITION",
    "www-authenticate": "WWW_AUTHENTICATE",
    "proxy-authenticate": "PROXY_AUTHENTICATE",
    "identity-info": "IDENTITY_INFO",
    "retry-after": "RETRY_AFTER",
    "call-info": "CALL_INFO",
    "min-expires": "MIN_EXPIRES",
    "v": "VIA",
    "t": "TO",
    "f": "FROM",
    "i": "CALLID",
    "m": "CONTACT",
    "c": "CONTENTTYPE",
    "l": "CONTENTLENGTH",
    "k": "SUPPORTED",
    "o": "EVENT",
    "x": "SESSION_EXPIRES",
    "s": "SUBJECT",
    "r": "REFER_TO",
}
LAYOUT_B_ONLY = ("s", "r")
# Only these can stand in an Allow that tells something: others have one bit, or several.
_KNOWN_METHODS = frozenset(METHODS_KAMAILIO_3) - {"OTHER"}
_METHODS = frozenset(METHODS_KAMAILIO_5_2) - {"OTHER"}
_UNKNOWN_METHOD = re.compile(r"[A-HJ-Z][A-Z-]{2,}")  # some take IxFO and IxVITE for known ones
_ZERO = re.compile(rb"[^:]*:[ \t]*0\r\n\Z")
_CSEQ = re.compile(rb"[^:]*:\s*\d+\s+(\S+)\s*\Z")
_MIME = re.compile(rb"[^:]*:[ \t]*([a-z]+)/([a-z0-9.+-]+)[ \t]*(?:;[^\r\n]*)?\r?\n\Z", re.I)
_ALLOW = re.compile(rb"[^:]*:((?:[ \t]*[A-Z]+[ \t]*,?)+)\r?\n\Z")


def message_facts(payload: bytes) -> Iterator[Fact]:
    """The facts of an encoded message; as many as can be read of one that is damaged.

    Units: one pass over the index, some tens of microseconds.
    """
    try:
        yield from _message_facts(payload)
    except (error, IndexError):
        return


def _message_facts(payload: bytes) -> Iterator[Fact]:
    code, start, length, _ = _HEAD(payload, 0)
    at = _INFO_SIZE + (1 + payload[_INFO_SIZE] if code < _FIRST_STATUS else 0)
    text = payload[start : start + length]
    if len(payload) > _CHECKED_SIZE:
        yield ("size",)
    if code < _FIRST_STATUS:
        method = text.partition(b" ")[0].decode("latin-1")
        if told := _told_method(method):
            yield ("code", told, code)
    prefix = 0
    lengths = False
    for i in range(payload[at]):
        type, first = _ENTRY(payload, at + 1 + 3 * i)
        end = _ENTRY(payload, at + 4 + 3 * i)[1]
        if not at < first <= end - 4 <= len(payload):
            continue
        where: int = _u16(payload, first)[0]
        colon = text.find(b":", where, where + _MAX_NAME)
        if colon < 0:
            continue
        if not prefix:
            prefix = _prefix(payload[first:end], text, where)
            if prefix:
                yield ("prefix", prefix)
        name = text[where:colon].decode("latin-1").lower()
        known = NAMES.get(name.rstrip(" \t"))
        lengths = lengths or known == "CONTENTLENGTH"
        if name not in NAMES or not prefix:
            continue  # white space before the colon: some parsers do not know the name then
        yield ("compact" if name in LAYOUT_B_ONLY else "header", known, type)
        yield from _header_facts(payload[first:end], text, where, prefix, str(known))
    if prefix and not lengths:
        yield ("no length",)


def _prefix(structure: bytes, text: bytes, where: int) -> int:
    """4 or 5 by which of the two gives a header that ends in a line feed; 0 for neither."""
    long, short = _u16(structure, 2)[0], structure[2]
    if long > 3 and text[where + long - 1 : where + long] == b"\n":
        return 5
    return 4 if short > 3 and text[where + short - 1 : where + short] == b"\n" else 0


def _header_facts(
    structure: bytes, text: bytes, where: int, prefix: int, known: str
) -> Iterator[Fact]:
    length = structure[2] if prefix == 4 else _u16(structure, 2)[0]
    if length > 256:
        yield ("long", len(structure) == 4)
        return
    body, header = structure[prefix:], text[where : where + length]
    if known == "CSEQ" and body and (found := _CSEQ.match(header)):
        if told := _told_method(found[1].decode("latin-1")):
            yield ("cseq", told, body[0])
    elif known == "CONTENTLENGTH" and _ZERO.match(header):
        yield ("zero",)
    elif known == "CONTENTTYPE" and len(body) == 4 and (mime := _mime(header)):
        yield ("mime", *mime, _u32(body)[0])
    elif known == "ACCEPT" and len(body) == 5 and body[0] == 1 and (mime := _mime(header)):
        yield ("accept", *mime, _u32(body, 1)[0])
    elif known == "ALLOW" and len(body) == 4 and (found := _ALLOW.match(header)):
        methods = found[1].decode("latin-1").replace(",", " ").split()
        if _KNOWN_METHODS.issuperset(methods):
            yield ("allow", tuple(sorted(methods)), _u32(body)[0])


def _told_method(method: str) -> str | None:
    """The method as the tables name it; None for one that some parsers take for another."""
    if method in _METHODS:
        return method
    near = any(method.startswith(m) or m.startswith(method) for m in _METHODS)
    return "OTHER" if _UNKNOWN_METHOD.fullmatch(method) and not near else None


def _mime(header: bytes) -> tuple[str, str] | None:
    found = _MIME.match(header)
    return None if found is None else (found[1].decode().lower(), found[2].decode().lower())


def action_layout(data: bytes, socket: Socket) -> Layout | None:
    """The layout that an action's own bytes show; None if they fit both.

    Layout A puts the flags (0 or 1, so at least three zero bytes) where B puts the processor id.
    Source: docs/protocol.md: Actions.
    """
    if len(data) < 10:
        return Layout.A if len(data) == 9 else None
    type = data[4]
    if socket is Socket.ACTION and type in (ActionType.REPLY_PROV, ActionType.REPLY_FIN):
        return _layout_by_text(data)
    if socket is Socket.ACTION and type == ActionType.JAIN_PONG:
        return {13: Layout.A, 14: Layout.B}.get(len(data))
    if data[5]:
        # A BIND may be written so that both layouts read it: `p 0 0 0 p` (see layout_probe).
        return None if socket is Socket.EVENT and data[9] == data[5] else Layout.B
    if data[8] or data[9] > 1:
        return Layout.A
    if socket is Socket.EVENT or type == ActionType.SL_MSG:
        return Layout.A if data[9] else None  # these carry no flag that byte 9 could be in B
    return None


def _layout_by_text(data: bytes) -> Layout | None:
    if data.startswith(b"SIP/2.0 ", 17):
        return Layout.A
    return Layout.B if data.startswith(b"SIP/2.0 ", 18) else None


def action_name(type: int, socket: Socket) -> str:
    """The name of an action type, for sentences."""
    try:
        return (EventSocketAction(type) if socket is Socket.EVENT else ActionType(type)).name
    except ValueError:
        return f"type {type}"


def fits(fact: Fact, dialect: Dialect) -> bool:
    """Whether a proxy of that dialect could have sent (or taken) what the fact was read from."""
    return _FITS[fact[0]](dialect, *fact[1:])


def is_refusal(fact: Fact) -> bool:
    """Whether those whom the fact does not fit would have sent no message, rather than another:
    a server with a cure, or one that is none of the known, may have sent it all the same."""
    return fact[0] in _REFUSALS


def sentence(fact: Fact) -> str:
    """The fact in words."""
    return _SENTENCES[fact[0]](*fact[1:])


def _fits_code(dialect: Dialect, method: str, code: int) -> bool:
    if method == "INVITE" and dialect.has(Quirk.INVITE_CODE_ZERO):
        return code == 0
    if code == 0:
        return dialect.has(Quirk.CODE_MAY_BE_ZERO)
    return code == _method(dialect, method)


def _method(dialect: Dialect, method: str) -> int:
    return dialect.methods.get(method, dialect.methods["OTHER"])


def _fits_mime(dialect: Dialect, type: str, subtype: str, value: int) -> bool:
    if dialect.has(Quirk.CONTENT_TYPE_GARBAGE):
        return value >> 16 not in dialect.mime_types.values()  # half a pointer
    return _fits_accept(dialect, type, subtype, value)


def _fits_accept(dialect: Dialect, type: str, subtype: str, value: int) -> bool:
    high = dialect.mime_types.get(type, 0xFF)
    return value == high << 16 | dialect.mime_subtypes.get(subtype, 0xFF)


def _fits_compact(dialect: Dialect, name: str, type: int) -> bool:
    return type == (dialect.header_types[name] if dialect.layout is Layout.B else 0)


def _fits_size(dialect: Dialect) -> bool:
    return dialect.max_event > _CHECKED_SIZE or not dialect.has(Quirk.EVENT_SIZE_CHECKED)


_FITS: Final[dict[str, Callable[..., bool]]] = {
    "header": lambda d, name, type: d.header_types.get(name, 0) == type,
    "compact": _fits_compact,
    "prefix": lambda d, size: d.header_prefix == size,
    "long": lambda d, bare: d.has(Quirk.LONG_HEADER_PREFIX_ONLY) == bare,
    "code": _fits_code,
    "cseq": lambda d, method, code: _method(d, method) == code,
    "allow": lambda d, methods, mask: mask == sum(1 << _method(d, m) - 1 for m in set(methods)),
    "mime": _fits_mime,
    "accept": _fits_accept,
    "zero": lambda d: not d.has(Quirk.CONTENT_LENGTH_ZERO_REFUSED),
    "no length": lambda d: not d.has(Quirk.CONTENT_LENGTH_REQUIRED),
    "size": _fits_size,
    "layout": lambda d, layout, name: d.layout is layout,
}
_REFUSALS: Final = frozenset({"zero", "no length", "size"})
_SENTENCES: Final[dict[str, Callable[..., str]]] = {
    "header": lambda name, type: f"{_written(name)} is header {type}",
    "compact": lambda name, type: f"{_written(name)} in its compact form is header {type}",
    "prefix": lambda size: f"header structures start with {size} bytes",
    "long": lambda bare: (
        "a header over 256 bytes has "
        + ("a structure of 4 bytes only" if bare else "a whole structure")
    ),
    "code": lambda method, code: f"the message code of {_named(method)} is {code}",
    "cseq": lambda method, code: f"{_named(method)} in CSeq is method {code}",
    "allow": lambda methods, mask: f"Allow of {', '.join(methods)} is {mask:#x}",
    "mime": lambda type, subtype, value: f"{type}/{subtype} is mime type {value:#x}",
    "accept": lambda type, subtype, value: f"{type}/{subtype} is mime type {value:#x}",
    "zero": lambda: "a message with 'Content-Length: 0' was passed on",
    "no length": lambda: "a message without Content-Length was passed on",
    "size": lambda: f"a message of more than {_CHECKED_SIZE} bytes was passed on",
    "layout": lambda layout, name: f"{name} is laid out as in layout {layout}",
}


def _named(method: str) -> str:
    return "an unknown method" if method == "OTHER" else method


def _written(name: str) -> str:
    return next(w for w, n in NAMES.items() if n == name and len(w) > 1).title()
