"""What ``seastool encode`` does, once its options are known."""

from __future__ import annotations

from dataclasses import dataclass

from seastool.cli.exits import NotSeas, UsageFault
from seastool.cli.host_port import address_port
from seastool.cli.message_file import name_of, read_message_file
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
from seastool.seas.frames import E2E_ACK
from seastool.seas.types import Direction, EventType, Socket

_EVENTS = (EventType.T_REQ_IN, EventType.SL_REQ_IN, EventType.RES_IN)


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
    uac_id: int
    color: When


def run(order: Order) -> None:
    """Write the frame. Raises: EncodeError for what the server refuses, UsageFault, NotSeas."""
    dialect = _dialect(order.dialect)
    sip = read_message_file(order.message)
    if not sip:
        raise NotSeas(f"{name_of(order.message)}: empty, where a SIP message was expected")
    frame = build_event(
        sip,
        dialect,
        type=_event_type(order.type, sip),
        receive=_receive(order, dialect),
        processor_id=order.processor_id,
        flags=_flags(order.flags),
        hash_index=order.hash_index,
        label=order.label,
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


def _event_type(name: str, sip: bytes) -> EventType:
    if not name:
        response = sip[:4].upper() == b"SIP/"
        return EventType.RES_IN if response else EventType.T_REQ_IN
    found = [event for event in _EVENTS if event.name == name.upper().replace("-", "_")]
    if not found:
        raise UsageFault(f"--type {name}: there are {', '.join(e.name for e in _EVENTS)}")
    return found[0]


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
