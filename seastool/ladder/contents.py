"""What a captured unit says in one line and at length, as `seastool decode` tells it."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip, Gap
from seastool.render.facts import Facts, facts_of, sip_facts
from seastool.render.paint import Paint
from seastool.render.tree import UnitTree, unit_tree
from seastool.render.tree_text import text_lines, tree_lines
from seastool.seas.codec import TYPE_OFFSET, frame_order, frame_struct
from seastool.seas.frames import UnknownEvent
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Direction, Socket
from seastool.wire import Structure


def facts_for(decoded: Decoded) -> Facts:
    """The facts of a record; of a gap, what is lost."""
    captured = decoded.captured
    if isinstance(captured, CapturedFrame):
        return facts_of(decoded.unit, decoded.message, decoded.dialect)
    if isinstance(captured, CapturedSip):
        return sip_facts(captured.data)
    lost = f"{captured.missing:,} bytes missing" if captured.missing else ""
    skipped = f"{captured.skipped:,} bytes skipped" if captured.skipped else ""
    return Facts(subject=f"{lost or skipped}: {captured.cause.value}")


def sip_of(decoded: Decoded) -> bytes:
    """The SIP text of a record; empty if it has none."""
    captured = decoded.captured
    if isinstance(captured, CapturedSip):
        return captured.data
    if decoded.message is not None:
        return decoded.message.text
    text: bytes = getattr(decoded.unit, "text", b"")
    return text


def content_lines(decoded: Decoded, paint: Paint) -> Iterator[str]:
    """A record at length: the tree of a frame, the text of a SIP message. Escaped."""
    captured = decoded.captured
    if isinstance(captured, Gap):
        yield f"  {facts_for(decoded).subject}"
    elif isinstance(captured, CapturedSip):
        yield from text_lines(captured.data, paint)
    else:
        yield from tree_lines(_tree_of(decoded, captured), paint)


def tree_of(decoded: Decoded) -> UnitTree | None:
    """The tree of a frame, name or socket info; None of anything else."""
    captured = decoded.captured
    return _tree_of(decoded, captured) if isinstance(captured, CapturedFrame) else None


def _tree_of(decoded: Decoded, captured: CapturedFrame) -> UnitTree:
    struct, order = _struct_of(decoded, captured)
    return unit_tree(captured.data, struct, order, decoded.dialect, captured.direction)


def _struct_of(decoded: Decoded, captured: CapturedFrame) -> tuple[type[Structure], str]:
    if captured.kind is not UnitKind.FRAME:
        return (Name if captured.kind is UnitKind.NAME else SocketInfo), ""
    if len(captured.data) <= TYPE_OFFSET:
        return UnknownEvent, ""
    socket = captured.socket or Socket.EVENT
    direction = captured.direction or Direction.TO_AS
    struct = frame_struct(captured.data[TYPE_OFFSET], socket, direction)
    return struct, frame_order(decoded.dialect.layout)
