"""Header values, URIs and bodies with what differs from call to call taken out.

What is taken out is written as `*`; two texts are alike if their shapes are equal. Which parts
those are is told in docs/replay.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Final

_ANYTHING: Final = frozenset(
    {
        b"call-id", b"date", b"identity", b"in-reply-to", b"join",
        b"replaces", b"rseq", b"session-id", b"sip-etag", b"sip-if-match", b"timestamp",
    }
)  # fmt: skip
_TOKENS: Final = frozenset(
    {
        b"accept", b"accept-encoding", b"accept-language", b"allow", b"allow-events",
        b"proxy-require", b"require", b"supported", b"unsupported",
    }
)  # fmt: skip
_ROUTES: Final = frozenset({b"path", b"record-route", b"route", b"service-route"})
_LISTS: Final = _ROUTES | {b"contact", b"via", b"warning"}
_CREDENTIALS: Final = frozenset(
    {
        b"authentication-info", b"authorization", b"proxy-authenticate",
        b"proxy-authorization", b"www-authenticate",
    }
)  # fmt: skip
_MOST_LINES: Final = 1000

_BLANKS: Final = re.compile(rb"[ \t]+")
_ROUND_MARKS: Final = re.compile(rb"[ \t]*([;=<>])[ \t]*")
_ITEM: Final = re.compile(rb'(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^,"<]|["<])+')
_URI_HOST: Final = re.compile(rb"(sips?:(?:[^@;?<>\s]*@)?)(\[[0-9A-Fa-f:.]*\]|[^:;?<>,\s]+)(:\d+)?")
_NUMERIC_HOST: Final = re.compile(
    rb"(sips?:(?:[^@;?<>\s]*@)?)(?:\[[0-9A-Fa-f:.]*\]|[0-9]{1,3}(?:\.[0-9]{1,3}){3})(?![\w.-])(:\d+)?"
)
_TAG: Final = re.compile(rb"(;[ \t]*tag[ \t]*=[ \t]*)[^ \t;,>]+", re.I)
_EXPIRES: Final = re.compile(rb"(;[ \t]*expires[ \t]*=[ \t]*)\d+", re.I)
_PARAMETER_VALUE: Final = re.compile(rb"(;[^=;>,]*=)[^;>,]*")
_SECRETS: Final = re.compile(
    rb'\b(nonce|cnonce|response|opaque|nextnonce|rspauth|nc)([ \t]*=[ \t]*)("[^"]*"|[^ \t,]+)', re.I
)
_FIRST_NUMBER: Final = re.compile(rb"\d+")
_BOUNDARY: Final = re.compile(rb'(boundary[ \t]*=[ \t]*)("[^"]*"|[^ \t;]+)', re.I)

_SDP_ORIGIN: Final = re.compile(rb"(o=\S+ )\S+ \S+ (\S+ \S+) .*")
_SDP_CONNECTION: Final = re.compile(rb"(c=\S+ \S+) .*")
_SDP_PORT: Final = re.compile(rb"(m=\S+ )[1-9][0-9]*")
_SDP_SECRET: Final = re.compile(
    rb"(a=(?:rtcp|candidate|remote-candidates|ice-ufrag|ice-pwd|fingerprint|crypto|ssrc"
    rb"|ssrc-group|msid|tls-id):).*"
)


def uri_shape(uri: bytes) -> bytes:
    """A URI without host and port."""
    return _URI_HOST.sub(rb"\1*", uri)


def text_shape(key: bytes, values: Sequence[bytes]) -> Hashable:
    """All values of a header as they are written, a line each, without what varies."""
    if key == b"via":
        return sum(len(_items(value)) for value in values)
    mask = _mask_of(key)
    return tuple(mask(value) for value in values)


def list_shape(key: bytes, values: Sequence[bytes]) -> Hashable:
    """All values of a header as they mean: neither blanks nor how they are spread over lines
    count, nor the order of options such as those of Allow."""
    if key == b"via":
        return text_shape(key, values)
    if key in _TOKENS:
        items = (item for value in values for item in _items(value))
        return frozenset(_tidy(item).lower() for item in items)
    if key in _LISTS:
        values = [item for value in values for item in _items(value)]
    mask = _mask_of(key)
    return tuple(mask(_tidy(value)) for value in values)


def body_shape(content_type: bytes, body: bytes) -> list[tuple[bytes, bytes]]:
    """The lines of a body, each without what varies and as it is; line ends do not count."""
    if not body:
        return []
    lines = body.split(b"\n", _MOST_LINES)
    raw = [line.rstrip(b"\r") for line in lines]
    if raw and not raw[-1]:
        raw.pop()
    if found := _BOUNDARY.search(content_type):
        boundary = found[2].strip(b'"')
        return [(_sdp_line(line).replace(boundary, b"*"), line) for line in raw]
    if b"application/sdp" in content_type.lower() or body.startswith(b"v=0"):
        return [(_sdp_line(line), line) for line in raw]
    return [(line, line) for line in raw]


def _sdp_line(line: bytes) -> bytes:
    line = _SDP_ORIGIN.sub(rb"\1* * \2 *", line)
    line = _SDP_CONNECTION.sub(rb"\1 *", line)
    line = _SDP_PORT.sub(rb"\1*", line)
    return _SDP_SECRET.sub(rb"\1*", line)


def _items(value: bytes) -> list[bytes]:
    """The values of a list, cut at commas outside quotes and brackets."""
    return [item.strip() for item in _ITEM.findall(value) if item.strip()]


def _tidy(value: bytes) -> bytes:
    return _ROUND_MARKS.sub(rb"\1", _BLANKS.sub(b" ", value))


def _party_shape(value: bytes) -> bytes:
    """From or To: an address says where somebody is, a name whose they are."""
    return _TAG.sub(rb"\1*", _NUMERIC_HOST.sub(rb"\1*", value))


def _mask_of(key: bytes) -> Callable[[bytes], bytes]:
    if key in _ANYTHING:
        return lambda value: b"*" if value else b""
    if key in _ROUTES:
        return lambda value: _PARAMETER_VALUE.sub(rb"\1*", uri_shape(value))
    if key in _CREDENTIALS:
        return lambda value: _SECRETS.sub(rb"\1\2*", uri_shape(value))
    return _MASKS.get(key, lambda value: value)


_MASKS: Final[dict[bytes, Callable[[bytes], bytes]]] = {
    b"contact": lambda value: _EXPIRES.sub(rb"\1*", uri_shape(value)),
    b"content-type": lambda value: _BOUNDARY.sub(rb"\1*", value),
    b"from": _party_shape,
    b"rack": lambda value: _FIRST_NUMBER.sub(b"*", value, count=1),
    b"subscription-state": lambda value: _EXPIRES.sub(rb"\1*", value),
    b"to": _party_shape,
    b"warning": lambda value: value.partition(b" ")[0],
}
