"""What comes from a proxy and its phone's side, and what the phone has asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from seastool.errors import DecodeError, SeasError
from seastool.render.printable import printable
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, ResIn
from seastool.seas.message import Message
from seastool.sip.hop import UDP, Hop
from seastool.sip.parts import call_id, cseq, header, start_line, status

FIRST_FINAL: Final = 200
_FAILURE: Final = 300


@dataclass(frozen=True, slots=True)
class SipCame:
    """A SIP message has come to the phone."""

    text: bytes
    hop: Hop


@dataclass(frozen=True, slots=True)
class FrameCame:
    """A frame has come from the proxy; sip: the SIP text in it, empty if there is none."""

    frame: Any
    data: bytes
    sip: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """The connections to the proxy are gone."""

    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the phone's. protocol: UDP or TCP."""

    text: bytes
    call_id: str
    method: str
    protocol: int = UDP


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """Where the phone is: the same port for UDP and TCP."""

    host: str
    port: int

    @property
    def uri(self) -> str:
        """Where others reach it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sip:phone@{host}:{self.port}"


def described(item: Any) -> str:
    """One thing that has come, in a few words, fit for a terminal."""
    if isinstance(item, SipCame):
        number, method = cseq(item.text)
        first = item.text.partition(b"\r\n")[0].decode("utf-8", "backslashreplace")
        told = f"{first} (CSeq {number} {method})" if status(item.text) else first
        return printable(f"SIP {told}")
    if isinstance(item, FrameCame):
        what = " ".join(start_line(item.sip)) if item.sip else ""
        name = type(item.frame).__name__
        if isinstance(item.frame, ResIn):
            what = f"uac id {item.frame.uac_id} status {item.frame.status} {what}"
        elif isinstance(item.frame, AcResFail):
            what = f"uac id {item.frame.uac_id} {item.frame.reason!a}"
        return printable(f"{name} {what}".strip())
    return printable(f"the end of the connection ({item.reason})")


def is_refused(item: Any, request: Request) -> bool:
    """Whether that is the final response of a failure to the phone's request."""
    if not isinstance(item, SipCame) or not answers(item.text, request):
        return False
    return (status(item.text) or 0) >= _FAILURE


def sip_of(frame: Any, dialect: Dialect) -> bytes:
    """The SIP text in an event; empty if there is none that can be found."""
    payload: bytes = getattr(frame, "payload", b"")
    if not payload:
        return b""
    try:
        return bytes(Message(payload, dialect).text)
    except (DecodeError, SeasError):
        return b""


def answers(text: bytes, request: Request) -> bool:
    """Whether a message is a response to the phone's request."""
    return (
        text.startswith(b"SIP/2.0 ")
        and header(text, "Call-ID") == request.call_id
        and cseq(text)[1] == request.method
    )


def is_of(item: FrameCame, request: Request) -> bool:
    """Whether a frame has the phone's request in it."""
    return call_id(item.sip) == request.call_id and item.sip.startswith(
        f"{request.method} ".encode()
    )
