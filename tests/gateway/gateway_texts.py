"""SIP texts as callers and application servers write them, and the ways they come by."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

from seastool.sip.hop import UDP, Hop

HOME = bytes((10, 0, 0, 1))
HOME_6 = ip_address("2001:db8::1").packed


def hop(
    address: str = "10.0.0.9", port: int = 5060, *, protocol: int = UDP, connection: int = 0
) -> Hop:
    """A peer by our socket of its family."""
    remote = ip_address(address).packed
    return Hop(protocol, HOME if len(remote) == 4 else HOME_6, 5060, remote, port, connection)


ALICE = hop()
BOB = hop("10.0.0.7")


def text(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def sip(
    method: str = "INVITE",
    *headers: str,
    call: str = "1",
    cseq: int | str = 1,
    branch: str | None = None,
    vias: Sequence[str] | None = None,
    via: str = "SIP/2.0/UDP 10.0.0.9:5060",
    uri: str = "sip:bob@example.com",
    from_: str = "<sip:alice@example.com>;tag=a1",
    tag: str = "",
    length: int | str | None = None,
    body: bytes = b"",
) -> bytes:
    """A request of a caller; `call` numbers the Call-ID. An ACK or a CANCEL has the branch of the
    INVITE unless another is given."""
    if branch is None:
        branch = f"z9hG4bK-{call}-{cseq}" + (
            "" if method in ("INVITE", "ACK", "CANCEL") else method
        )
    if vias is None:
        vias = [f"{via};branch={branch}" if branch else via]
    number = cseq if isinstance(cseq, str) else f"{cseq} {method}"
    return text(
        f"{method} {uri} SIP/2.0",
        *(f"Via: {value}" for value in vias),
        f"From: {from_}",
        "To: <sip:bob@example.com>" + (f";tag={tag}" if tag else ""),
        f"Call-ID: call-{call}@example.com",
        f"CSeq: {number}",
        *headers,
        f"Content-Length: {len(body) if length is None else length}",
        body=body,
    )


def uac(
    method: str = "INVITE",
    *headers: str,
    uri: str = "sip:bob@10.0.0.7",
    call: str = "as-1",
    cseq: int = 2,
    to: str = "<sip:bob@example.com>",
    body: bytes = b"",
) -> bytes:
    """A request of an application server's."""
    return text(
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKas",
        "From: <sip:as@example.com>;tag=ast",
        f"To: {to}",
        f"Call-ID: {call}",
        f"CSeq: {cseq} {method}",
        *headers,
        f"Content-Length: {len(body)}",
        body=body,
    )


def header(message: bytes, name: str) -> list[str]:
    """The values of a header."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "surrogateescape")
    found = (line.partition(":") for line in head.split("\r\n")[1:])
    return [value.strip() for key, _, value in found if key.lower() == name.lower()]


def tag_of(message: bytes, name: str = "To") -> str:
    return header(message, name)[0].partition(";tag=")[2]
