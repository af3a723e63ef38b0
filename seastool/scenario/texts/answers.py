"""Messages made from others: a response from its request, ACK and CANCEL from their INVITE."""

from __future__ import annotations

import re
from collections.abc import Iterable

from seastool.sip import parts as sip_parts
from seastool.sip.parts import bytes_of

_COPIED = re.compile(
    rb"^(via|v|from|f|to|t|call-id|i|cseq|record-route)[ \t]*:[ \t]*"
    rb"([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_ORDER = (b"Via", b"Record-Route", b"From", b"To", b"Call-ID", b"CSeq")
_BY_NAME = {name.lower(): name for name in _ORDER}
_BY_NAME |= {b"v": b"Via", b"f": b"From", b"t": b"To", b"i": b"Call-ID"}
_HAS_TAG = re.compile(rb";[ \t]*tag[ \t]*=", re.IGNORECASE)


# Unlike `seastool.sip.reply`, in one order of headers whatever the request's, and of any request:
# what does not parse there is answered too.
def response_head(request: bytes, status: int, reason: str, to_tag: str, via: str = "") -> bytes:
    """Start line and the headers that a response has from its request.

    to_tag: "" for none; one that the request has stays. via: in place of the request's.
    """
    lines: dict[bytes, list[bytes]] = {name: [] for name in _ORDER}
    for found in _COPIED.finditer(sip_parts.head_of(request)):
        lines[_BY_NAME[found[1].lower()]].append(found[2])
    if via:
        lines[b"Via"] = [bytes_of(via)]
    to = lines[b"To"]
    if to_tag and to and not _HAS_TAG.search(to[0]):
        to[0] += b";tag=" + bytes_of(to_tag)
    made = [b"SIP/2.0 %d %s\r\n" % (status, bytes_of(reason))]
    for name in _ORDER:
        made += [b"%s: %s\r\n" % (name, value) for value in lines[name]]
    return b"".join(made)


def ack_of(invite: bytes, response: bytes, branch: str) -> list[str]:
    """The head of the ACK of a final response: to the contact of a 2xx, else along the
    INVITE's path."""
    _, uri = sip_parts.start_line(invite)
    success = (sip_parts.status(response) or 0) // 100 == 2
    via = sip_parts.header(invite, "Via") or ""
    routes = sip_parts.headers(invite, "Route")
    if success:
        uri = sip_parts.contact_uri(response) or uri
        via = re.sub(r"(;\s*branch\s*=\s*)[^;,\s]*", rf"\g<1>{branch}", via, count=1)
        routes = sip_parts.headers(response, "Record-Route")[::-1] or routes
    to = sip_parts.header(response, "To") or sip_parts.header(invite, "To") or ""
    return _request("ACK", uri, invite, via, to, routes)


def cancel_of(invite: bytes) -> list[str]:
    """The head of the CANCEL of an INVITE."""
    _, uri = sip_parts.start_line(invite)
    via = sip_parts.header(invite, "Via") or ""
    to = sip_parts.header(invite, "To") or ""
    return _request("CANCEL", uri, invite, via, to, sip_parts.headers(invite, "Route"))


def _request(
    method: str, uri: str, invite: bytes, via: str, to: str, routes: Iterable[str]
) -> list[str]:
    number, _ = sip_parts.cseq(invite)
    return [
        f"{method} {uri} SIP/2.0",
        *([f"Via: {via.partition(',')[0]}"] if via else []),
        *(f"Route: {route}" for route in routes),
        f"From: {sip_parts.header(invite, 'From') or ''}",
        f"To: {to}",
        f"Call-ID: {sip_parts.call_id(invite) or ''}",
        f"CSeq: {number or 0} {method}",
        "Max-Forwards: 70",
    ]
