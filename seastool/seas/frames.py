"""Every frame: events, actions and the action failure (docs/protocol.md: Events, Actions).

Actions stand in two layouts: the declaration is layout B, the order of
layout A is named in `structure(A=...)`.
"""

from seastool.seas.types import (
    ActionSocketEvent,
    ActionType,
    Direction,
    EventSocketAction,
    EventType,
    Socket,
)
from seastool.wire import (
    Bit,
    Structure,
    counted_bytes,
    i32,
    rest,
    structure,
    total_length,
    u8,
    u16,
    u32,
)

FAKED_REPLY, E2E_ACK, CANCEL_FOUND = 0x02, 0x04, 0x08
SPIRAL = 0x01
PROCESSOR_ALL = 0xFF


@structure()
class Event(Structure):
    """The head of what the proxy sends."""

    length: int = total_length(default=0)
    type: int = u8(names="event_type")
    processor_id: int = u8(default=0, doc="whom at the application server it concerns")
    flags: int = u32(
        default=0,
        bits={"FAKED_REPLY": FAKED_REPLY, "E2E_ACK": E2E_ACK, "CANCEL_FOUND": CANCEL_FOUND},
    )


@structure()
class Received(Event):
    """An event with receive information. Addresses are raw: 4 bytes, 16, or none."""

    protocol: int = u8(names="transport")
    source_address: bytes = counted_bytes(shows="address", doc="who sent the SIP message, raw")
    destination_address: bytes = counted_bytes(shows="address", doc="where it came in, raw")
    source_port: int = u16(doc="of the sender")
    destination_port: int = u16(doc="of the proxy's socket")


@structure()
class TReqIn(Received):
    """A request, with a transaction. With CANCEL_FOUND it names the INVITE it cancels."""

    type: int = u8(default=EventType.T_REQ_IN, names="event_type")
    hash_index: int = u32(doc="with the label, the transaction in the proxy")
    label: int = u32(doc="with the hash index, the transaction")
    cancelled_hash_index: int | None = u32(
        when=Bit("flags", CANCEL_FOUND), default=None, doc="of the INVITE that it cancels"
    )
    cancelled_label: int | None = u32(
        when=Bit("flags", CANCEL_FOUND), default=None, doc="of the INVITE that it cancels"
    )
    payload: bytes = rest(shows="message", doc="the encoded message")


@structure()
class SlReqIn(Received):
    """A request, stateless."""

    type: int = u8(default=EventType.SL_REQ_IN, names="event_type")
    payload: bytes = rest(shows="message", doc="the encoded message")


@structure()
class ResIn(Received):
    """A response to a UAC transaction of the application server; a faked one has no message."""

    type: int = u8(default=EventType.RES_IN, names="event_type")
    hash_index: int = u32(doc="with the label, the transaction in the proxy")
    label: int = u32(doc="with the hash index, the transaction")
    uac_id: int = u32(doc="the application server's number for its request")
    status: int = u32(doc="of the response")
    payload: bytes = rest(shows="message", default=b"", doc="the encoded message")


@structure()
class Ping(Event):
    """A ping."""

    type: int = u8(default=EventType.PING, names="event_type")
    processor_id: int = u8(default=PROCESSOR_ALL, doc="255: everybody")
    sequence: int = u32(doc="counts from 1")


@structure()
class UnknownEvent(Event):
    """An event of an unknown type."""

    payload: bytes = rest(default=b"", shows="padding")


@structure()
class AcResFail(Structure):
    """The failure of an action; on the action socket, without processor id and flags."""

    length: int = total_length(default=0)
    type: int = u8(default=ActionSocketEvent.AC_RES_FAIL, names="failure_type")
    uac_id: int = u32(doc="the application server's number for its request")
    error: int = i32(doc="1 cancel, 2 UAC, below zero a code of the proxy")
    reason: bytes = counted_bytes(doc="for people")


@structure(A="length type flags")
class Action(Structure):
    """The head of what the application server sends."""

    length: int = total_length(default=0)
    type: int = u8(names="action_type")
    processor_id: int = u8(default=0, doc="whom at the application server it concerns")
    flags: int = u32(default=0, bits={"SPIRAL": SPIRAL})


@structure(A="length type flags processor_id family address protocol port")
class Bind(Action):
    """Bind a processor id to a listening socket."""

    type: int = u8(default=EventSocketAction.BIND, names="event_action_type")
    family: int = u8(default=2, doc="2 IPv4, 10 IPv6 on Linux")
    address: bytes = counted_bytes(shows="address", doc="of the socket, raw")
    protocol: int = u8(names="transport")
    port: int = u16(doc="of the socket")


@structure(A="length type flags processor_id spare")
class Unbind(Action):
    """Take a binding back; the head's processor id says which."""

    type: int = u8(default=EventSocketAction.UNBIND, names="event_action_type")
    spare: bytes = rest(
        default=b"", doc="no proxy looks at it; with a byte here Kamailio does it at once"
    )


@structure(A="length type flags hash_index label text")
class Reply(Action):
    """REPLY_PROV or REPLY_FIN: a SIP response to a transaction."""

    type: int = u8(default=ActionType.REPLY_FIN, names="action_type")
    hash_index: int = u32(doc="with the label, the transaction in the proxy")
    label: int = u32(doc="with the hash index, the transaction")
    text: bytes = rest(shows="sip", doc="a whole SIP message")


@structure(A="length type flags uac_id processor_id text")
class UacReq(Action):
    """Send a request in a new client transaction."""

    type: int = u8(default=ActionType.UAC_REQ, names="action_type")
    uac_id: int = u32(doc="the application server's number for its request")
    text: bytes = rest(shows="sip", doc="a whole SIP message")


@structure(A="length type flags processor_id text")
class SlMsg(Action):
    """Send a message statelessly."""

    type: int = u8(default=ActionType.SL_MSG, names="action_type")
    text: bytes = rest(shows="sip", doc="a whole SIP message")


@structure(A="length type flags uac_id processor_id hash_index label text")
class AcCancel(Action):
    """Cancel a UAC transaction."""

    type: int = u8(default=ActionType.AC_CANCEL, names="action_type")
    uac_id: int = u32(doc="the application server's number for its request")
    hash_index: int = u32(doc="with the label, the transaction in the proxy")
    label: int = u32(doc="with the hash index, the transaction")
    text: bytes = rest(shows="sip", doc="a whole SIP message")


@structure(A="length type flags sequence")
class JainPong(Action):
    """The answer to a ping."""

    type: int = u8(default=ActionType.JAIN_PONG, names="action_type")
    sequence: int = u32(doc="of the ping")


@structure(A="length type flags payload")
class UnknownAction(Action):
    """An action of an unknown type, or of one that no proxy handles."""

    payload: bytes = rest(default=b"", shows="padding")


Frame = Event | Action | AcResFail

FRAMES: dict[tuple[Socket, Direction], dict[int, type[Frame]]] = {
    (Socket.EVENT, Direction.TO_AS): {
        EventType.T_REQ_IN: TReqIn,
        EventType.SL_REQ_IN: SlReqIn,
        EventType.RES_IN: ResIn,
        EventType.PING: Ping,
    },
    (Socket.EVENT, Direction.TO_OPENSER): {
        EventSocketAction.BIND: Bind,
        EventSocketAction.UNBIND: Unbind,
    },
    (Socket.ACTION, Direction.TO_AS): {ActionSocketEvent.AC_RES_FAIL: AcResFail},
    (Socket.ACTION, Direction.TO_OPENSER): {
        ActionType.REPLY_PROV: Reply,
        ActionType.REPLY_FIN: Reply,
        ActionType.UAC_REQ: UacReq,
        ActionType.SL_MSG: SlMsg,
        ActionType.AC_CANCEL: AcCancel,
        ActionType.JAIN_PONG: JainPong,
    },
}
