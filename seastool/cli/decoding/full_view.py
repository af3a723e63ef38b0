"""``-v`` and ``--hexdump``: each record at length."""

from __future__ import annotations

from seastool.capture.decoded import Decoded
from seastool.capture.records import CapturedFrame, CapturedSip
from seastool.cli.decoding.entry import facts_for, size_of, type_of
from seastool.cli.decoding.struct_of import tree_of
from seastool.render.bytemap import bytemap_lines
from seastool.render.listing import style_of
from seastool.render.paint import Paint
from seastool.render.printable import printable
from seastool.render.times import Clock, iso_time
from seastool.render.tree_text import text_lines, tree_lines
from seastool.seas.types import Direction


class FullView:
    """Each record at length: a title, then the tree, the byte map or both.

    captured: False for frames that come from no capture, without time and place.
    """

    def __init__(
        self, clock: Clock, paint: Paint, *, tree: bool, bytemap: bool, captured: bool = True
    ) -> None:
        self._captured = captured
        self._clock = clock
        self._paint = paint
        self._tree = tree
        self._bytemap = bytemap

    def start(self, start_ns: int) -> str:
        self._clock.start(start_ns)
        return ""

    def show(self, decoded: Decoded) -> str:
        captured = decoded.captured
        lines = [self._title(decoded)]
        if isinstance(captured, CapturedFrame):
            tree = tree_of(decoded)
            if self._tree:
                lines += tree_lines(tree, self._paint)
            if self._bytemap:
                lines += bytemap_lines(tree, self._paint)
        elif isinstance(captured, CapturedSip):
            lines += text_lines(captured.data, self._paint)
        else:
            lines.append(f"    {facts_for(decoded).subject}")
        return "\n".join(lines) + "\n\n"

    def _title(self, decoded: Decoded) -> str:
        captured, paint = decoded.captured, self._paint
        type_name = type_of(decoded)
        kind = paint(type_name, style_of(type_name))
        size = f"{size_of(decoded):,} bytes"
        if not self._captured:
            number = paint(f"frame {captured.packet}", "heading")
            return "  ".join([number, kind, size, paint(decoded.dialect.name, "dim")])
        parts = [
            paint(f"packet {captured.packet}", "heading"),
            self._clock.text(captured.time_ns),
            paint(iso_time(captured.time_ns), "dim"),
            kind,
            size,
        ]
        places = [f"{captured.source} -> {captured.destination}"]
        if isinstance(captured, CapturedFrame):
            places.append(f"{captured.socket} socket, {_speakers(captured)}")
            places.append(paint(decoded.dialect.name, "dim"))
        return f"{'  '.join(parts)}\n  {'  '.join(places)}"


def _speakers(captured: CapturedFrame) -> str:
    name = printable(captured.as_name or "as")
    to_as = captured.direction is Direction.TO_AS
    return f"openser to {name}" if to_as else f"{name} to openser"
