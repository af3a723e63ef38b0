"""A frame that came in, and what a scenario asks of it, each read when asked for."""

from __future__ import annotations

from seastool.errors import SeasError
from seastool.seas import frames
from seastool.seas.codec import type_name
from seastool.seas.dialect import Dialect
from seastool.seas.frames import Frame
from seastool.seas.message import Message
from seastool.seas.types import Direction, Socket
from seastool.sip import parts as sip_parts

_PLAIN: dict[type, tuple[str, Socket]] = {
    frames.TReqIn: ("T_REQ_IN", Socket.EVENT),
    frames.SlReqIn: ("SL_REQ_IN", Socket.EVENT),
    frames.ResIn: ("RES_IN", Socket.EVENT),
    frames.Ping: ("PING", Socket.EVENT),
    frames.AcResFail: ("AC_RES_FAIL", Socket.ACTION),
    frames.Bind: ("BIND", Socket.EVENT),
    frames.Unbind: ("UNBIND", Socket.EVENT),
    frames.UacReq: ("UAC_REQ", Socket.ACTION),
    frames.SlMsg: ("SL_MSG", Socket.ACTION),
    frames.AcCancel: ("AC_CANCEL", Socket.ACTION),
    frames.JainPong: ("JAIN_PONG", Socket.ACTION),
}
_REPLIES = {1: ("REPLY_PROV", Socket.ACTION), 2: ("REPLY_FIN", Socket.ACTION)}


def named(frame: Frame) -> tuple[str, Socket]:
    """The type of a frame as the real module spells it, and the socket it belongs on."""
    kind = type(frame)
    if kind is frames.Reply:
        return _REPLIES.get(frame.type, _REPLIES[2])
    found = _PLAIN.get(kind)
    if found:
        return found
    socket = Socket.ACTION if isinstance(frame, frames.Action) else Socket.EVENT
    direction = Direction.TO_OPENSER if isinstance(frame, frames.Action) else Direction.TO_AS
    return type_name(frame.type, socket, direction), socket


class Incoming:
    """One frame. data: its bytes as they came. now: when. type: such as REPLY_FIN."""

    __slots__ = ("_message", "_text", "data", "dialect", "frame", "now", "socket", "type")

    def __init__(self, frame: Frame, data: bytes, now: float, dialect: Dialect) -> None:
        self.frame = frame
        self.data = data
        self.now = now
        self.dialect = dialect
        self.type, self.socket = named(frame)
        self._text: bytes | None = getattr(frame, "text", None)
        self._message: Message | None = None

    @property
    def direction(self) -> Direction:
        """Who sent it."""
        is_action = isinstance(self.frame, frames.Action)
        return Direction.TO_OPENSER if is_action else Direction.TO_AS

    @property
    def message(self) -> Message | None:
        """The encoded message of an event; None without one, or where it does not open."""
        if self._message is None:
            payload = getattr(self.frame, "payload", b"")
            if payload and not isinstance(self.frame, frames.Action):
                try:
                    self._message = Message(payload, self.dialect)
                except SeasError:
                    return None
        return self._message

    @property
    def text(self) -> bytes:
        """The SIP text, empty if there is none."""
        if self._text is None:
            message = self.message
            self._text = message.text if message else b""
        return self._text

    @property
    def status(self) -> int | None:
        """The SIP status of a response, a faked one too."""
        text = self.text
        if text:
            return sip_parts.status(text)
        return self.frame.status if isinstance(self.frame, frames.ResIn) else None

    @property
    def method(self) -> str | None:
        """The method of a request, that of CSeq for a response."""
        text = self.text
        if not text:
            return None
        if sip_parts.status(text) is None:
            return text[: text.find(b" ")].decode("ascii", "backslashreplace")
        return sip_parts.cseq(text)[1] or None

    @property
    def call_id(self) -> str | None:
        """The Call-ID."""
        return sip_parts.call_id(self.text)
