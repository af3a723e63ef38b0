"""The requests that a test sends: RFC 3261 sections 8.1.1, 9.1, 12.2.1.1, 13.2.2.4, 17.1.1.3."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import Final

from seastool.sip import parts
from seastool.testing.loopback_ports import LOOPBACK

BOB: Final = "sip:bob@example.com"
Headers = Sequence[tuple[str, str]]


def sip_request(
    method: str,
    uri: str = BOB,
    *,
    from_: str = "",
    to: str = "",
    call_id: str = "",
    cseq: int = 1,
    branch: str = "",
    sent_by: str = f"{LOOPBACK}:5990",
    headers: Headers = (),
    body: bytes | str = b"",
    content_type: str = "",
) -> bytes:
    """The text of a request that opens a dialog, or of any other by what is given.

    from_, to: values of the headers; without a From there is a new tag. headers: beside those that
    every request has; one of those given here stands in its place. sent_by: of the Via.
    """
    body = parts.bytes_of(body) if isinstance(body, str) else body
    own = [
        ("Via", f"SIP/2.0/UDP {sent_by};branch={branch or new_branch()}"),
        ("From", from_ or f"<sip:alice@example.com>;tag={token_hex(4)}"),
        ("To", to or f"<{uri}>"),
        ("Call-ID", call_id or f"{token_hex(8)}@{LOOPBACK}"),
        ("CSeq", f"{cseq} {method}"),
        ("Contact", f"<sip:alice@{sent_by}>"),
        ("Max-Forwards", "70"),
    ]
    if content_type or body:
        own.append(("Content-Type", content_type or "text/plain"))
    given = {name.lower() for name, _ in headers}
    kept = [pair for pair in own if pair[0].lower() not in given]
    return _text(f"{method} {uri} SIP/2.0", [*kept, *headers], body)


def new_branch() -> str:
    """A branch that no other request has."""
    return f"z9hG4bK{token_hex(8)}"


def cancel_of(request: bytes) -> bytes:
    """The CANCEL of a request: its branch, its URI."""
    return _hop_by_hop(request, "CANCEL", parts.header(request, "To") or "")


def ack_of(request: bytes, response: bytes) -> bytes:
    """The ACK for a final response to an INVITE; of a 2xx it is a request of its own."""
    to = parts.header(response, "To") or ""
    if (parts.status(response) or 0) >= 300:
        return _hop_by_hop(request, "ACK", to)
    return in_dialog(request, response, "ACK", parts.cseq(request)[0] or 1)


def in_dialog(
    request: bytes,
    response: bytes,
    method: str,
    cseq: int,
    headers: Headers = (),
    body: bytes = b"",
) -> bytes:
    """A later request of the dialog that a request and the response to it have made."""
    target = parts.contact_uri(response) or parts.start_line(request)[1]
    routes = [("Route", route) for route in reversed(parts.headers(response, "Record-Route"))]
    return sip_request(
        method,
        target,
        from_=parts.header(request, "From") or "",
        to=parts.header(response, "To") or "",
        call_id=parts.call_id(request) or "",
        cseq=cseq,
        sent_by=sent_by_of(request),
        headers=[*routes, *headers],
        body=body,
    )


def sent_by_of(request: bytes) -> str:
    """``host:port`` of the top Via."""
    via = parts.header(request, "Via") or ""
    words = via.partition(";")[0].split()
    return words[-1] if len(words) > 1 else LOOPBACK


def _hop_by_hop(request: bytes, method: str, to: str) -> bytes:
    via = parts.header(request, "Via") or ""
    names = ("From", "Call-ID", "Max-Forwards")
    copied = [(name, parts.header(request, name) or "") for name in names]
    routes = [("Route", route) for route in parts.headers(request, "Route")]
    cseq = ("CSeq", f"{parts.cseq(request)[0] or 1} {method}")
    uri = parts.start_line(request)[1]
    headers = [("Via", via), *copied[:1], ("To", to), *copied[1:], cseq, *routes]
    return _text(f"{method} {uri} SIP/2.0", headers, b"")


def _text(start: str, headers: Headers, body: bytes) -> bytes:
    lines = [start, *(f"{name}: {value}" for name, value in headers)]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return parts.bytes_of("\r\n".join(lines)) + body
