"""The fields that ``decode --filter`` offers for a frame, a packet's SIP included."""

from enum import IntEnum

from seastool.render.filters.fields import FilterField, FilterKind
from seastool.seas.types import (
    ActionSocketEvent,
    ActionType,
    Direction,
    EventSocketAction,
    EventType,
    Socket,
)

_CODED: tuple[type[IntEnum], ...] = (EventType, EventSocketAction, ActionType, ActionSocketEvent)
_OTHER_UNITS = ("name", "socket info", "SIP", "gap", "cut frame")
_TYPES = (*(member.name for codes in _CODED for member in codes), *_OTHER_UNITS)

_NUMBERS = {
    "packet": "packet in which the frame ends, as Wireshark counts",
    "time": "time-stamp of that packet, seconds since 1970-01-01 UTC",
    "time.relative": "seconds since the first packet of the capture",
    "time.delta": "seconds since the frame before",
    "connection": "TCP connection, counted from 0 in order of appearance",
    "source.port": "port of the sender",
    "destination.port": "port of the receiver",
    "length": "bytes of the frame, its length field included",
    "processor_id": "processor id",
    "flags": "flags of the frame",
    "hash_index": "hash index of the transaction",
    "label": "label of the transaction",
    "uac_id": "number that the application server gave its request",
    "error": "error code of AC_RES_FAIL",
    "sip.status": "status code of a response",
    "sip.cseq": "number in CSeq",
}
_TEXTS = {
    "as": "name of the application server",
    "dialect": "dialect by which the frame was decoded, such as kamailio-5.6.3",
    "source.address": "address of the sender",
    "destination.address": "address of the receiver",
    "transaction": "hash index and label, as hash:label",
    "sip.method": "method of a request, in CSeq that of a response",
    "sip.reason": "reason phrase of a response",
    "sip.uri": "request URI",
    "sip.call_id": "Call-ID",
    "sip.from_tag": "tag of From",
    "sip.to_tag": "tag of To",
    "sip.branch": "branch of the top Via",
    "sip.transport": "transport of the top Via",
}

FRAME_FIELDS: tuple[FilterField, ...] = (
    FilterField("type", FilterKind.WORD, "frame type", _TYPES, numbered="type "),
    FilterField("socket", FilterKind.WORD, "which of the two sockets", tuple(Socket)),
    FilterField("direction", FilterKind.WORD, "who speaks to whom", tuple(Direction)),
    *(FilterField(name, FilterKind.NUMBER, text) for name, text in _NUMBERS.items()),
    *(FilterField(name, FilterKind.TEXT, text) for name, text in _TEXTS.items()),
)
