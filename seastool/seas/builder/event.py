"""An event frame around the encoded message of a SIP text (docs/protocol.md: Events)."""

from struct import Struct, error
from typing import Any, Final, NamedTuple

from seastool.errors import EncodeError
from seastool.seas import frames
from seastool.seas.builder.message import message_builder
from seastool.seas.dialect import Dialect
from seastool.seas.types import EventType
from seastool.sip.outline import Outline


class Receive(NamedTuple):
    """Where the message came in. Addresses are raw, 4 bytes or 16; transport is a number of
    the dialect's, 1 for UDP."""

    protocol: int = 1
    source_address: bytes = bytes((127, 0, 0, 1))
    destination_address: bytes = bytes((127, 0, 0, 1))
    source_port: int = 5060
    destination_port: int = 5060


_LOOPBACK: Final = Receive()
_LENGTH: Final = 4  # bytes of the length that every frame begins with
_T_REQ_IN: Final = int(EventType.T_REQ_IN)
_IPV4: Final = 4
_usual = Struct(">BBIBB4sB4sHHII").pack  # frames.TReqIn behind its length, with IPv4 addresses


def build_event(
    sip: bytes,
    dialect: Dialect,
    *,
    type: EventType = EventType.SL_REQ_IN,
    receive: Receive | None = None,
    processor_id: int = 1,
    flags: int = 0,
    hash_index: int = 0,
    label: int = 0,
    cancelled: tuple[int, int] | None = None,
    uac_id: int = 0,
    status: int | None = None,
    outline: Outline | None = None,
) -> bytes:
    """The whole frame that the server sends for a SIP text.

    type: T_REQ_IN, SL_REQ_IN or RES_IN. hash_index, label: of T_REQ_IN and RES_IN.
    cancelled: hash index and label of the INVITE that a CANCEL matched; sets CANCEL_FOUND.
    uac_id, status: of RES_IN; the status is that of the text unless given. outline: the text's,
    by the dialect's grammar, if it was cut before.
    Raises: EncodeError, saying what the server refuses and why, or which argument does not fit.
    """
    builder = message_builder(dialect)
    if type == _T_REQ_IN and cancelled is None:
        usual = _usual_head(receive or _LOOPBACK, processor_id, flags, hash_index, label)
        if usual:
            size = _LENGTH + len(usual)
            payload = builder.build(bytes(sip), dialect.max_event - size, outline)
            return b"".join(((size + len(payload)).to_bytes(_LENGTH, "big"), usual, payload))
    if cancelled is not None:
        flags |= frames.CANCEL_FOUND
    protocol, source, destination, source_port, destination_port = receive or _LOOPBACK
    head: dict[str, Any] = {
        "processor_id": processor_id,
        "flags": flags,
        "protocol": protocol,
        "source_address": source,
        "destination_address": destination,
        "source_port": source_port,
        "destination_port": destination_port,
        "payload": b"",
    }
    event: frames.TReqIn | frames.SlReqIn | frames.ResIn
    if type == EventType.SL_REQ_IN:
        event = frames.SlReqIn(**head)
    elif type == EventType.T_REQ_IN:
        invite = cancelled or (None, None)
        event = frames.TReqIn(
            hash_index=hash_index,
            label=label,
            cancelled_hash_index=invite[0],
            cancelled_label=invite[1],
            **head,
        )
    elif type == EventType.RES_IN:
        event = frames.ResIn(
            hash_index=hash_index, label=label, uac_id=uac_id, status=status or 0, **head
        )
    else:
        raise EncodeError("no message goes with it", path="type", value=type)
    front = event.encode()
    payload = builder.build(bytes(sip), dialect.max_event - len(front), outline)
    if isinstance(event, frames.ResIn) and status is None:
        event.status = int.from_bytes(payload[:2], "big")
        front = event.encode()
    length = len(front) + len(payload)
    return length.to_bytes(_LENGTH, "big") + front[_LENGTH:] + payload


def _usual_head(
    receive: Receive, processor_id: int, flags: int, hash_index: int, label: int
) -> bytes:
    """A T_REQ_IN but for its length and message, packed at once, as there are so many; nothing
    if it is another than the usual one, or if a number does not fit."""
    protocol, source, destination, source_port, destination_port = receive
    if flags & frames.CANCEL_FOUND or len(source) != _IPV4 or len(destination) != _IPV4:
        return b""
    try:
        return _usual(
            _T_REQ_IN,
            processor_id,
            flags,
            protocol,
            _IPV4,
            source,
            _IPV4,
            destination,
            source_port,
            destination_port,
            hash_index,
            label,
        )
    except error:
        return b""
