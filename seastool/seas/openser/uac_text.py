"""The SIP texts of the client side: requests, and the CANCEL and ACK that follow from them."""

from __future__ import annotations

from seastool.seas.openser.behaviour import AckText, Behaviour, Brackets, MaxForwards
from seastool.seas.openser.client_side import SentRequest
from seastool.sip.header_reader import AddressParts
from seastool.sip.outline import Line
from seastool.sip.text import part_of

_CRLF = b"\r\n"
_MAX_FORWARDS = b"Max-Forwards: 70\r\n"
_NO_BODY = b"Content-Length: 0\r\n"


def address_line(
    name: bytes, text: bytes, line: Line, parts: AddressParts, behaviour: Behaviour
) -> bytes:
    """To or From as this proxy writes it anew."""
    uri = part_of(text, line.start, parts.uri)
    display = part_of(text, line.start, parts.display) if behaviour.display_names else b""
    tag = part_of(text, line.start, parts.tag)
    brackets = behaviour.brackets is Brackets.ALWAYS or (
        behaviour.brackets is Brackets.NAME_OR_TAG and bool(display or tag)
    )
    if display:
        display = display.rstrip(b" \t") + behaviour.name_separator
    if brackets:
        uri = b"<" + uri + b">"
    return name + display + uri + (b";tag=" + tag if tag else b"") + _CRLF


def added_by_tm(behaviour: Behaviour, headers: bytes) -> bytes:
    """The Max-Forwards that tm puts in, if any."""
    style = behaviour.max_forwards
    if style is MaxForwards.ALWAYS:
        return _MAX_FORWARDS
    if style is MaxForwards.MISSING and b"Max-Forwards:" not in headers:
        return _MAX_FORWARDS
    return b""


def request_text(sent: SentRequest, headers: bytes, body: bytes) -> bytes:
    """A request; headers: whole lines."""
    if headers and not headers.endswith(b"\n"):
        headers += _CRLF
    return b"".join(
        (
            _start(sent.method, sent.uri),
            sent.via,
            sent.to,
            sent.from_,
            _cseq(sent.cseq, sent.method),
            b"Call-ID: ",
            sent.call_id,
            _CRLF,
            sent.route,
            sent.added,
            b"Content-Length: %d\r\n" % len(body),
            headers,
            _CRLF,
            body,
        )
    )


def cancel_text(sent: SentRequest, extra: bytes, body: bytes) -> bytes:
    """A CANCEL with the headers and body of an AC_CANCEL. extra: whole lines."""
    return b"".join(
        (
            *_common(sent, b"CANCEL", sent.from_, sent.to),
            b"Content-Length: %d\r\n" % len(body),
            extra,
            _CRLF,
            body,
        )
    )


def tm_cancel_text(sent: SentRequest) -> bytes:
    """tm's own CANCEL."""
    return b"".join((*_common(sent, b"CANCEL", sent.from_, sent.to), sent.added, _NO_BODY, _CRLF))


def ack_text(
    sent: SentRequest, from_line: bytes, to_line: bytes, style: AckText, user_agent: bytes
) -> bytes:
    """The ACK for a final response other than 2xx, with that response's From and To."""
    if style is AckText.BUILT:
        common = _common(sent, b"ACK", from_line, to_line)
        return b"".join((*common, sent.added, user_agent, _NO_BODY, _CRLF))
    return b"".join(
        (
            _start(b"ACK", sent.uri),
            sent.via,
            to_line,
            sent.from_,
            _cseq(sent.cseq, b"ACK"),
            b"Call-ID: ",
            sent.call_id,
            _CRLF,
            sent.route,
            sent.added,
            _NO_BODY,
            sent.max_forwards,
            _CRLF,
        )
    )


def _common(sent: SentRequest, method: bytes, from_: bytes, to: bytes) -> tuple[bytes, ...]:
    call_id = b"Call-ID: " + sent.call_id + _CRLF
    return _start(method, sent.uri), sent.via, from_, call_id, to, _cseq(sent.cseq, method)


def _start(method: bytes, uri: bytes) -> bytes:
    return method + b" " + uri + b" SIP/2.0\r\n"


def _cseq(number: int, method: bytes) -> bytes:
    return b"CSeq: %d %s\r\n" % (number, method)
