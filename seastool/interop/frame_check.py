"""Heads of frames, what stands between head and message, and the handshake."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from seastool.interop.report import Report
from seastool.seas.connection.binds import BINDABLE
from seastool.seas.dialect import Dialect, Quirk
from seastool.seas.frames import (
    CANCEL_FOUND,
    E2E_ACK,
    FAKED_REPLY,
    PROCESSOR_ALL,
    SPIRAL,
    AcCancel,
    Action,
    Bind,
    Event,
    Ping,
    Received,
    ResIn,
    TReqIn,
    UacReq,
    Unbind,
    UnknownAction,
    UnknownEvent,
)
from seastool.seas.handshake import SOCKET_INFO_MARK, Name, SocketInfo
from seastool.seas.message import Message
from seastool.seas.types import ActionType

MAX_ACTION: Final = 4000  # the proxy's buffer
MAX_HASH_INDEX: Final = 0xFFFF
_FAMILY_SIZE = {2: 4, 10: 16}
_PRINTABLE = re.compile(rb"[!-~]*\Z")


def check_event(report: Report, event: Event, message: Message | None, dialect: Dialect) -> None:
    """An event's head and receive information; the message inside has its own check."""
    limit = dialect.max_event
    payload: bytes = getattr(event, "payload", b"")
    if len(payload) > limit:
        says = f"{len(payload)} bytes of message, {dialect.name} has room for {limit}"
        report.field("frame-too-long", "length", says)
    _check_flags(report, event, _EVENT_FLAGS.get(type(event), 0))
    if isinstance(event, UnknownEvent):
        report.field("unknown-type", "type", f"no event has type {event.type}")
    elif isinstance(event, Ping):
        if event.processor_id != PROCESSOR_ALL:
            says = f"{event.processor_id}: a ping is for everybody (255)"
            report.field("processor-id", "processor_id", says)
    elif 127 < event.processor_id < PROCESSOR_ALL:
        says = f"{event.processor_id}: only 1 to 127 can be bound"
        report.field("processor-id", "processor_id", says)
    if isinstance(event, Received):
        _check_received(report, event, dialect)
    if isinstance(event, TReqIn | ResIn) and event.hash_index > MAX_HASH_INDEX:
        says = f"{event.hash_index} is above {MAX_HASH_INDEX}"
        report.field("hash-index", "hash_index", says)
    if isinstance(event, ResIn):
        _check_response(report, event, message)
    elif isinstance(event, TReqIn) and message is not None:
        _check_request(report, event, message)


_EVENT_FLAGS: Final[dict[type[Event], int]] = {
    TReqIn: E2E_ACK | CANCEL_FOUND,
    ResIn: FAKED_REPLY,
}


def _check_flags(report: Report, frame: Event | Action, known: int) -> None:
    unknown = frame.flags & ~known
    if unknown:
        says = f"{unknown:#x} means nothing in {type(frame).__name__}"
        report.field("flags-unknown", "flags", says)


def _check_received(report: Report, event: Received, dialect: Dialect) -> None:
    if dialect.transport_name(event.protocol) is None:
        says = f"{dialect.name} has no transport {event.protocol}"
        report.field("transport-unknown", "protocol", says)
    for name in ("source_address", "destination_address"):
        length = len(getattr(event, name))
        if length not in (0, 4, 16):
            report.field("address-length", name, f"{length} bytes")
    if len(event.source_address) != len(event.destination_address):
        start, end = report.place("source_address")[0], report.place("destination_address")[1]
        says = "one address is IPv4, one IPv6"
        report.add("address-length", "source_address", start, end, says)


def _check_response(report: Report, event: ResIn, message: Message | None) -> None:
    if event.flags & FAKED_REPLY:
        if event.protocol or event.source_address or event.destination_address or event.payload:
            says = "a faked reply came over no transport and has no message"
            start = report.place("protocol")[0]
            report.add("faked-reply-fields", "protocol", start, len(report.data), says)
    elif not event.payload:
        report.field("faked-reply-unmarked", "flags", "a response without a message")
    if message is not None and message.status != event.status:
        says = f"{event.status}, the response in it is {message.status}"
        report.field("status-mismatch", "status", says)
    elif not 100 <= event.status <= 699:
        says = f"{event.status} is no status"
        report.field("status-mismatch", "status", says)


def _check_request(report: Report, event: TReqIn, message: Message) -> None:
    method = message.text.partition(b" ")[0]
    if event.flags & CANCEL_FOUND and method != b"CANCEL":
        says = f"CANCEL_FOUND on {method.decode('latin-1')}"
        report.field("cancel-flag", "flags", says, text=method)
    if method == b"CANCEL" and not event.flags & CANCEL_FOUND:
        says = "the INVITE that it cancels is not named"
        report.field("cancel-without-ids", "flags", says, text=method)
    if event.flags & E2E_ACK and method != b"ACK":
        says = f"E2E_ACK on {method.decode('latin-1')}"
        report.field("ack-flag", "flags", says, text=method)


def check_unfinished(report: Report, came: int) -> None:
    """A frame of the application server's that its stream does not finish; the report has its
    head. came: how many bytes of it there are."""
    length = int.from_bytes(report.data[:4], "big")
    if len(report.data) >= 4 and length > MAX_ACTION:
        says = (
            f"an action of {length} bytes is on its way, {came} of them came: the proxy reads "
            f"{MAX_ACTION} and never gets past them"
        )
        report.add("frame-too-long", "length", 0, 4, says)


def check_action(report: Report, action: Action, dialect: Dialect) -> None:
    """An action's head; its SIP text has its own check."""
    size = len(report.data)
    if size > MAX_ACTION:
        says = f"{size} bytes: the proxy reads {MAX_ACTION} and never gets past them"
        report.field("frame-too-long", "length", says)
    if isinstance(action, Bind | Unbind) and _fits_both_layouts(report.data):
        says = "hold the processor id too, so that it reads the same in both layouts"
        report.field("flags-for-both", "flags", says)
    else:
        _check_flags(report, action, SPIRAL if isinstance(action, UacReq | AcCancel) else 0)
    if isinstance(action, UnknownAction):
        if action.type == ActionType.REPLY_FIN_DLG:
            report.field("reserved-action", "type", "REPLY_FIN_DLG is skipped by every proxy")
        else:
            report.field("unknown-type", "type", f"no action has type {action.type}")
    if isinstance(action, Bind | Unbind) and not 1 <= action.processor_id <= 127:
        says = f"{action.processor_id}: only 1 to 127 can be bound"
        report.field("processor-id", "processor_id", says)
    if isinstance(action, Bind):
        _check_bind(report, action, dialect)


def _fits_both_layouts(data: bytes) -> bool:
    """Whether the processor id stands where either layout has it, as an application server writes
    a BIND before it knows which one the proxy reads. Source: docs/protocol.md: Actions."""
    return bool(data[5]) and data[5:10] == bytes((data[5], 0, 0, 0, data[5]))


def _check_bind(report: Report, bind: Bind, dialect: Dialect) -> None:
    size = len(bind.address)
    if _FAMILY_SIZE.get(bind.family, size) != size or size not in (4, 16):
        says = f"{size} bytes of address for family {bind.family}"
        report.field("address-length", "address", says)
    if dialect.transport_name(bind.protocol) not in BINDABLE:
        says = f"{bind.protocol}: only UDP, TCP and TLS can be bound"
        report.field("transport-unknown", "protocol", says)


def check_name(report: Report, name: Name, dialect: Dialect) -> None:
    """The name in the handshake."""
    size = len(name.name)
    if size > dialect.max_name:
        says = f"{size} bytes, {dialect.name} takes {dialect.max_name}"
        report.field("name-too-long", "name", says, text=name.name)
    if not size:
        report.field("name-empty", "name", "no name")
    if not _PRINTABLE.match(name.name):
        report.field("name-characters", "name", "not printable", text=name.name)


def check_socket_info(report: Report, info: SocketInfo, dialect: Dialect) -> None:
    """The proxy's list of sockets."""
    if info.mark != SOCKET_INFO_MARK:
        report.field("socket-info-mark", "mark", f"is {info.mark}, not {SOCKET_INFO_MARK}")
    if not info.sockets:
        report.field("socket-info-empty", "sockets.count", "no sockets")
    for i, socket in enumerate(info.sockets):
        path = f"sockets[{i}]"
        if dialect.transport_name(socket.protocol) not in BINDABLE:
            says = f"{socket.protocol}: only UDP, TCP and TLS are listed"
            report.field("socket-info-transport", f"{path}.protocol", says)
        try:
            ip_address(socket.address.decode("latin-1").strip("[]"))
        except ValueError:
            says = "is no IP address"
            report.field("socket-info-address", f"{path}.address", says, text=socket.address)
    if dialect.has(Quirk.SOCKETS_LABELLED_UDP) and info.sockets:
        says = f"{dialect.name}: {Quirk.SOCKETS_LABELLED_UDP}"
        report.add("socket-info-labels", "sockets", 0, len(report.data), says)
