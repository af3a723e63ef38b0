"""What one line says of a frame, whatever its type: transaction, uac id, SIP, Call-ID."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from seastool.errors import SeasError
from seastool.render.printable import text_of
from seastool.render.sip_text import call_id, start_line
from seastool.seas import frames
from seastool.seas.dialect import Dialect
from seastool.seas.frames import CANCEL_FOUND, E2E_ACK, FAKED_REPLY, SPIRAL
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.message import Message
from seastool.wire import Structure

ACK_NOTE = "of a 2xx"


@dataclass(slots=True)
class Facts:
    """The facts of one unit. Texts are as on the wire: escape them before they are printed.

    hash_index, label: the transaction, None where the unit names none.
    status: of a response, else 0. method, subject: of a request its method and URI, of a
    response the reason as subject; of other units what there is to say.
    note: what the flags add.
    """

    hash_index: int | None = None
    label: int | None = None
    uac_id: int | None = None
    method: str = ""
    status: int = 0
    subject: str = ""
    call_id: str = ""
    note: str = ""

    @property
    def transaction(self) -> str:
        """``hash:label`` as the proxy's log writes it, or nothing."""
        return "" if self.hash_index is None else f"{self.hash_index}:{self.label}"


def facts_of(unit: Structure | None, message: Message | None, dialect: Dialect) -> Facts:
    """The facts of a decoded unit; empty ones of a unit that did not decode."""
    read = _READERS.get(type(unit))
    return Facts() if read is None else read(unit, message, dialect)


def sip_facts(text: bytes) -> Facts:
    """The facts of a SIP message."""
    return _text_facts(text, None, None, None)


def _text_facts(text: bytes, hash_index: int | None, label: int | None, uac: int | None) -> Facts:
    method, status, subject = start_line(text)
    return Facts(hash_index, label, uac, method, status, subject, call_id(text))


def _message_facts(message: Message | None) -> tuple[str, int, str, str]:
    """Method, status, subject, Call-ID of an encoded message, from its index."""
    if message is None:
        return "", 0, "", ""
    try:
        identifier = message.call_id or ""
    except SeasError:
        identifier = ""
    if message.is_request:
        return message.method, 0, message.uri, identifier
    return "", message.code, message.uri, identifier


def _request(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    note = ""
    if unit.flags:
        if unit.flags & E2E_ACK:
            note = ACK_NOTE
        if unit.flags & CANCEL_FOUND:
            note = f"cancels {unit.cancelled_hash_index}:{unit.cancelled_label}"
    return Facts(unit.hash_index, unit.label, None, *_message_facts(message), note)


def _stateless(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(None, None, None, *_message_facts(message))


def _response(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    note = "faked by the proxy" if unit.flags & FAKED_REPLY else ""
    method, status, subject, call = _message_facts(message)
    status = status if message else unit.status
    return Facts(unit.hash_index, unit.label, unit.uac_id, method, status, subject, call, note)


def _sequence(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(subject=f"sequence {unit.sequence}")


def _failure(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(uac_id=unit.uac_id, subject=f"error {unit.error}: {text_of(unit.reason)}")


def _bind(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    transport = dialect.transport_name(unit.protocol) or f"protocol {unit.protocol}"
    where = endpoint(address_text(unit.address), unit.port)
    return Facts(subject=f"processor {unit.processor_id} to {transport.lower()} {where}")


def _unbind(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(subject=f"processor {unit.processor_id}")


def _spiral(unit: Any) -> str:
    return "spiral" if unit.flags & SPIRAL else ""


def _reply(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return _text_facts(unit.text, unit.hash_index, unit.label, None)


def _uac(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    facts = _text_facts(unit.text, None, None, unit.uac_id)
    facts.note = _spiral(unit)
    return facts


def _cancel(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    facts = _text_facts(unit.text, unit.hash_index, unit.label, unit.uac_id)
    facts.note = _spiral(unit)
    return facts


def _send(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return _text_facts(unit.text, None, None, None)


def _unknown(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(subject=f"{len(unit.payload)} bytes of unknown content")


def _name(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(subject=text_of(unit.name))


def _sockets(unit: Any, message: Message | None, dialect: Dialect) -> Facts:
    return Facts(subject=", ".join(_listening(s, dialect) for s in unit.sockets))


def _listening(socket: ListeningSocket, dialect: Dialect) -> str:
    transport = dialect.transport_name(socket.protocol) or f"protocol {socket.protocol}"
    return f"{transport.lower()} {endpoint(text_of(socket.address), socket.port)}"


def address_text(packed: bytes) -> str:
    """A raw address as text; bytes that are neither IPv4 nor IPv6 in hex."""
    return str(ip_address(packed)) if len(packed) in (4, 16) else packed.hex()


def endpoint(address: str, port: int) -> str:
    """``host:port``, with IPv6 in brackets."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


_READERS: dict[type, Callable[[Any, Message | None, Dialect], Facts]] = {
    frames.TReqIn: _request,
    frames.SlReqIn: _stateless,
    frames.ResIn: _response,
    frames.Ping: _sequence,
    frames.JainPong: _sequence,
    frames.AcResFail: _failure,
    frames.Bind: _bind,
    frames.Unbind: _unbind,
    frames.Reply: _reply,
    frames.UacReq: _uac,
    frames.AcCancel: _cancel,
    frames.SlMsg: _send,
    frames.UnknownEvent: _unknown,
    frames.UnknownAction: _unknown,
    Name: _name,
    SocketInfo: _sockets,
}
