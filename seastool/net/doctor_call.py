"""One OPTIONS over UDP to a proxy, and its final response."""

from __future__ import annotations

import asyncio
import re
from typing import Final, NamedTuple

CALL_SECONDS: Final = 2.0
_AGAIN_AFTER: Final = 0.5  # RFC 3261's T1
_FINAL: Final = 200
_STATUS: Final = re.compile(rb"SIP/2\.0 (\d{3})")
_SERVER: Final = re.compile(rb"^server[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


class Answer(NamedTuple):
    """Status of the final response, 0 for none, and what its Server header says."""

    status: int
    server: str


class _Phone(asyncio.DatagramProtocol):
    """Sends one request over UDP and waits for its final response."""

    def __init__(self) -> None:
        self.final: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Whatever comes; provisional responses are waited through."""
        found = _STATUS.match(data)
        if found is not None and int(found[1]) >= _FINAL and not self.final.done():
            self.final.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there."""
        if not self.final.done():
            self.final.set_result(b"")


async def ask(address: str, port: int, call_id: str, body: bytes) -> Answer:
    """Send an OPTIONS and wait for its final response. Raises: OSError."""
    loop = asyncio.get_running_loop()
    transport, phone = await loop.create_datagram_endpoint(_Phone, remote_addr=(address, port))
    try:
        own = transport.get_extra_info("sockname")
        sip = _options(address, port, own[0], own[1], call_id, body)
        for pause in (_AGAIN_AFTER, CALL_SECONDS - _AGAIN_AFTER):
            transport.sendto(sip)
            done, _ = await asyncio.wait((phone.final,), timeout=pause)
            if done:
                break
        data = phone.final.result() if phone.final.done() else b""
    finally:
        transport.close()
    server, status = _SERVER.search(data), _STATUS.match(data)
    return Answer(
        int(status[1]) if status is not None else 0,
        server[1].decode("utf-8", "backslashreplace") if server is not None else "",
    )


def _options(address: str, port: int, own: str, own_port: int, call_id: str, body: bytes) -> bytes:
    there = f"[{address}]" if ":" in address else address
    here = f"[{own}]" if ":" in own else own
    kind = "Content-Type: text/plain\r\n" if body else ""
    return (
        f"OPTIONS sip:doctor@{there}:{port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {here}:{own_port};branch=z9hG4bK-{call_id}\r\n"
        f"From: <sip:seastool@{here}>;tag={call_id[-8:]}\r\n"
        f"To: <sip:doctor@{there}>\r\n"
        f"Call-ID: {call_id}\r\nCSeq: 2 OPTIONS\r\nMax-Forwards: 10\r\n"
        f"{kind}Content-Length: {len(body)}\r\n\r\n"
    ).encode() + body
