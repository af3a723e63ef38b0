"""SDP: the answer to an offer, and an offer of our own (RFC 3264, RFC 4566)."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, NamedTuple

from seastool.errors import EncodeError

SDP: Final = "application/sdp"
_NOWHERE: Final = "0.0.0.0"
_NOWHERE_6: Final = "::"
_DISCARD: Final = 9
_LAST_PORT: Final = 65535
_STREAM_PORTS: Final = 2  # RTP and RTCP
_ACCEPTED: Final = frozenset({b"RTP/AVP", b"RTP/AVPF", b"UDPTL"})
_REVERSED: Final = {
    b"a=sendrecv": b"a=sendrecv",
    b"a=sendonly": b"a=recvonly",
    b"a=recvonly": b"a=sendonly",
    b"a=inactive": b"a=inactive",
}
_KEPT: Final = (b"a=rtpmap:", b"a=fmtp:", b"a=T38")
_OFFERED: Final = (
    b"m=audio %d RTP/AVP 0 8 101",
    b"a=rtpmap:0 PCMU/8000",
    b"a=rtpmap:8 PCMA/8000",
    b"a=rtpmap:101 telephone-event/8000",
    b"a=fmtp:101 0-15",
)
_MEDIA_FIELDS: Final = 4


@dataclass(frozen=True, slots=True)
class Media:
    """Where media is taken: an IP address and the port of the first stream."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Media:
        """``host:port`` or ``[v6]:port``, an IP address and an even port. Raises: EncodeError."""
        host, _, port = text.rpartition(":")
        try:
            found = cls(str(ip_address(host.strip("[]"))), int(port))
        except ValueError:
            found = cls("", 0)
        if not found.host or not 0 < found.port <= _LAST_PORT or found.port % _STREAM_PORTS:
            raise EncodeError(
                f"{text!a} is not an address for media such as 192.0.2.7:4000 "
                "(an IP address and an even port)"
            )
        return found


class Description(NamedTuple):
    """A session description, in two halves around its version.

    The first of a dialog has version 0; a later one must have a higher number.
    """

    head: bytes
    tail: bytes
    first: bytes

    def later(self, version: int) -> bytes:
        """The description with that version."""
        return b"%b%d%b" % (self.head, version, self.tail)


@dataclass(slots=True)
class _Stream:
    """An m= line of an offer, split, and its attributes."""

    fields: list[bytes]
    attributes: list[bytes]

    @property
    def is_accepted(self) -> bool:
        """Whether it is offered at all, over a transport that needs no keys or handshake."""
        return self.fields[1] != b"0" and self.fields[2].upper() in _ACCEPTED


def answer_to(offer: bytes, media: Media | None = None) -> Description | None:
    """The answer to an offer, stream by stream; None if it is no SDP or nothing suits.

    media: where to take media; without it every stream is inactive, at port 9. A stream over
    a transport that needs keys (SAVP, DTLS) is refused with port 0.
    """
    lines = [line.rstrip(b"\r") for line in offer.split(b"\n")]
    if lines[0] != b"v=0" or b"\0" in offer:
        return None
    streams: list[_Stream] = []
    session: list[bytes] = []
    for line in lines[1:]:
        if line.startswith(b"m="):
            fields = line[2:].split()
            if len(fields) < _MEDIA_FIELDS:
                return None
            streams.append(_Stream(fields, []))
        elif streams:
            streams[-1].attributes.append(line)
        else:
            session.append(line)
    if streams and not any(stream.is_accepted for stream in streams):
        return None
    is_6 = any(b" IP6 " in line for line in session if line[:2] in (b"o=", b"c="))
    body = [line for line in session if line[:2] == b"t="][:1] or [b"t=0 0"]
    session_direction = _direction(session, b"a=sendrecv")
    for i, stream in enumerate(streams):
        body += _answered(stream, i, media, session_direction)
    return _description(body, _address(media, is_6=is_6))


def own_offer(media: Media | None = None) -> Description:
    """An offer of one audio stream: inactive at port 9, or sendrecv where `media` says."""
    line, *attributes = _OFFERED
    direction = b"a=inactive" if media is None else b"a=sendrecv"
    body = [b"t=0 0", line % _port(media, 0), *attributes, direction]
    return _description(body, _address(media, is_6=False))


def _answered(
    stream: _Stream, i: int, media: Media | None, session_direction: bytes
) -> list[bytes]:
    kind, _, transport, *formats = stream.fields
    port = _port(media, i) if stream.is_accepted else 0
    line = b"m=%b %d %b %b" % (kind, port, transport, b" ".join(formats))
    if not stream.is_accepted:
        return [line]
    offered = _direction(stream.attributes, session_direction)
    direction = b"a=inactive" if media is None else _REVERSED[offered]
    kept = [line for line in stream.attributes if line.startswith(_KEPT)]
    return [line, *kept, *([] if transport.upper() == b"UDPTL" else [direction])]


def _direction(lines: list[bytes], otherwise: bytes) -> bytes:
    return next((line for line in lines if line in _REVERSED), otherwise)


def _port(media: Media | None, stream: int) -> int:
    if media is None:
        return _DISCARD
    return min(media.port + _STREAM_PORTS * stream, _LAST_PORT)


def _address(media: Media | None, *, is_6: bool) -> bytes:
    host = media.host if media else _NOWHERE_6 if is_6 else _NOWHERE
    return f"IN IP{6 if ':' in host else 4} {host}".encode()


def _description(body: list[bytes], address: bytes) -> Description:
    head = b"v=0\r\no=- 1 "
    lines = [b"", address, b"s=-", b"c=" + address, *body]
    tail = b" ".join((lines[0], lines[1])) + b"\r\n" + b"\r\n".join(lines[2:]) + b"\r\n"
    return Description(head, tail, head + b"0" + tail)
