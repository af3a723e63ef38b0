"""What ``seastool encode`` does, once its options are known."""

from __future__ import annotations

import re
from dataclasses import dataclass

from seastool.cli.exits import NotSeas, UsageFault
from seastool.cli.host_port import address_port
from seastool.cli.message_file import name_of, read_message_file, with_line_ends
from seastool.cli.output import Output, When, coloured
from seastool.render.bytemap import bytemap_lines
from seastool.render.jsonl.escape import quote
from seastool.render.jsonl.records import HEAD
from seastool.render.jsonl.unit import unit_json
from seastool.render.paint import Paint
from seastool.render.tree import unit_tree
from seastool.seas.builder import Receive, build_event
from seastool.seas.codec import frame_struct
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup
from seastool.seas.frames import CANCEL_FOUND, E2E_ACK
from seastool.seas.types import Direction, EventType, Socket

_OF_REQUESTS = (EventType.T_REQ_IN, EventType.SL_REQ_IN)
_START_LINE = re.compile(rb"[\r\n]*[^\0-\x08\n-\x1f\x7f]*SIP/", re.IGNORECASE)
_EVENTS = (*_OF_REQUESTS, EventType.RES_IN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The options of ``seastool encode``, as they were written."""

    message: str
    form: str
    dialect: str
    type: str
    source: str
    destination: str
    transport: str
    processor_id: int
    flags: str
    hash_index: int
    label: int
    cancelled_hash_index: int | None
    cancelled_label: int | None
    uac_id: int
    as_is: bool
    color: When


def run(order: Order) -> None:
    """Write the frame. Raises: EncodeError for what the server refuses, UsageFault, NotSeas."""
    dialect = _dialect(order.dialect)
    sip = _message(order)
    type, flags = _event_type(order, sip), _flags(order.flags)
    receive, cancelled = _receive(order, dialect), _cancelled(order, type, flags)
    if not order.as_is:
        sip = with_line_ends(order.message, sip, "--as-is")
    frame = build_event(
        sip,
        dialect,
        type=type,
        receive=receive,
        processor_id=order.processor_id,
        flags=flags,
        hash_index=order.hash_index,
        label=order.label,
        cancelled=cancelled,
        uac_id=order.uac_id,
    )
    _write(frame, order, dialect)


def _write(frame: bytes, order: Order, dialect: Dialect) -> None:
    struct = frame_struct(frame[4], Socket.EVENT, Direction.TO_AS)
    with Output() as output:
        if order.form == "raw":
            output.write_bytes(frame)
        elif order.form == "hex":
            output.write(f"{frame.hex()}\n")
        elif order.form == "hexdump":
            tree = unit_tree(frame, struct, "", dialect, Direction.TO_AS)
            for line in bytemap_lines(tree, Paint(coloured(order.color))):
                output.write(f"{line}\n")
        else:
            fields = unit_json(frame, struct, "", dialect, Direction.TO_AS)
            output.write(
                f'{HEAD}"encoded","dialect":{quote(dialect.name)},"length":{len(frame)},'
                f'"hex":"{frame.hex()}",{fields}}}\n'
            )


def _dialect(name: str) -> Dialect:
    try:
        return lookup(name)
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def _message(order: Order) -> bytes:
    """The SIP message to encode. Raises: NotSeas."""
    name, sip = name_of(order.message), read_message_file(order.message)
    if not sip:
        raise NotSeas(f"{name}: empty, where a SIP message was expected")
    if not _START_LINE.match(sip):
        raise NotSeas(f"{name}: no SIP message: it starts with neither a request nor a status line")
    return sip


def _event_type(order: Order, sip: bytes) -> EventType:
    """The event asked for, or the usual one. Raises: UsageFault, also for one that does not carry
    such a message."""
    response = sip.lstrip(b"\r\n")[:4].upper() == b"SIP/"
    fitting = (EventType.RES_IN,) if response else _OF_REQUESTS
    if not order.type:
        return fitting[0]
    found = [event for event in _EVENTS if event.name == order.type.upper().replace("-", "_")]
    if not found:
        raise UsageFault(f"--type {order.type}: there are {', '.join(e.name for e in _EVENTS)}")
    if found[0] not in fitting:
        kind = "a response" if response else "a request"
        names = " or ".join(event.name for event in fitting)
        raise UsageFault(f"--type {order.type}: {name_of(order.message)} is {kind}: {names}")
    return found[0]


def _cancelled(order: Order, type: EventType, flags: int) -> tuple[int, int] | None:
    """The transaction of the INVITE that a CANCEL found. Raises: UsageFault."""
    hash_index, label = order.cancelled_hash_index, order.cancelled_label
    both = "--cancelled-hash-index and --cancelled-label"
    if hash_index is None and label is None:
        if flags & CANCEL_FOUND and type is EventType.T_REQ_IN:
            raise UsageFault(f"--flags {order.flags}: name the INVITE that was found, by {both}")
        return None
    if hash_index is None or label is None:
        raise UsageFault(f"{both} belong together: give both, or none")
    if type is not EventType.T_REQ_IN:
        raise UsageFault(f"{both} are of T_REQ_IN alone, this is {type.name}")
    return hash_index, label


def _flags(text: str) -> int:
    try:
        flags = int(text, 0)
    except ValueError:
        raise UsageFault(f"--flags {text}: it is a number such as {E2E_ACK:#04x}") from None
    if not 0 <= flags < 1 << 32:
        raise UsageFault(f"--flags {text}: it has at most 32 bits")
    return flags


def _receive(order: Order, dialect: Dialect) -> Receive:
    protocol = dialect.transports.get(order.transport.upper())
    if protocol is None:
        known = ", ".join(name.lower() for name in dialect.transports)
        raise UsageFault(f"--transport {order.transport}: {dialect.name} has {known}")
    source, source_port = address_port("--source", order.source)
    destination, destination_port = address_port("--destination", order.destination)
    return Receive(protocol, source, destination, source_port, destination_port)
