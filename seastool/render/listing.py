"""The list: one line a record, in columns, plain or coloured and fitted to a terminal."""

from __future__ import annotations

from seastool.render.facts import Facts
from seastool.render.paint import Paint, status_style
from seastool.render.printable import printable
from seastool.render.quick import Quick
from seastool.render.times import Clock
from seastool.seas.types import Direction

ARROWS = {Direction.TO_AS: "-> as", Direction.TO_OPENSER: "<- as", None: ""}
_STYLES = {
    "T_REQ_IN": "event",
    "SL_REQ_IN": "event",
    "RES_IN": "event",
    "PING": "idle",
    "JAIN_PONG": "idle",
    "BIND": "handshake",
    "UNBIND": "handshake",
    "name": "handshake",
    "socket info": "handshake",
    "AC_RES_FAIL": "fault",
    "SIP udp": "sip",
    "SIP tcp": "sip",
    "gap": "fault",
}
SUBJECT_WIDTH, MAX_SUBJECT_WIDTH = 36, 60
FIXED_WIDTH = 56  # of the columns before it, without the time
END_WIDTH = 74  # that a Call-ID and two addresses take at most, mostly


def style_of(type_name: str) -> str:
    """The style of a type's name."""
    return _STYLES.get(type_name, "action")


class Listing:
    """Writes lines with the columns in place.

    width: of the terminal, to which lines are cut; 0 never cuts.
    """

    def __init__(self, clock: Clock, paint: Paint, width: int = 0) -> None:
        self._clock = clock
        self._paint = paint
        self._width = width

    def heading(self) -> str:
        """The line of column names; right for the times that the first line will have."""
        time = "time".rjust(self._clock.width)
        text = (
            f"packet {time} openser type        bytes      transaction  uac"
            f" {'method or status':{self._column()}} call-id"
        )
        return self._paint(text[: self._width or None], "heading") + "\n"

    def line(
        self,
        packet: int,
        time_ns: int,
        direction: Direction | None,
        type_name: str,
        length: int,
        facts: Facts,
        ports: str = "",
        route: str = "",
    ) -> str:
        """One record. Texts from the wire are escaped here. ports, route: of SIP, who sends to
        whom; the ports stand in place of the transaction."""
        time = self._clock.text(time_ns)
        if facts.method:
            subject = f"{facts.method} {facts.subject}"
        elif facts.status:
            subject = f"{facts.status} {facts.subject}".rstrip(" ")
        else:
            subject = facts.subject
        if facts.note:
            subject = f"{subject} ({facts.note})"
        uac = "" if facts.uac_id is None else facts.uac_id
        transaction = facts.transaction or ports
        call_id = facts.call_id
        if not subject.isprintable():
            subject = printable(subject)
        if not call_id.isprintable():
            call_id = printable(call_id)
        start = (
            f"{packet:6} {time:>{self._clock.width}} {ARROWS[direction]:7} {type_name:11}"
            f"{length:6} {transaction:>16} {uac:>4} "
        )
        if self._width or self._paint.on:
            return self._fitted(start, type_name, subject, call_id, facts, route)
        if call_id or route:
            line = f"{start}{subject:{SUBJECT_WIDTH}} {call_id}"
            return f"{line}  {route}\n" if route else f"{line}\n"
        return f"{start}{subject}\n"

    def quick_line(
        self,
        packet: int,
        time_ns: int,
        direction: Direction | None,
        type_name: str,
        length: int,
        quick: Quick,
    ) -> str:
        """The line of a usual frame, plain: what `line` makes of the same facts."""
        hash_index, label, uac_id, note, subject, call_id = quick
        if note:
            subject = f"{subject} ({note})"
        if not subject.isprintable():
            subject = printable(subject)
        if not call_id.isprintable():
            call_id = printable(call_id)
        arrow = "-> as  " if direction is Direction.TO_AS else "<- as  "
        transaction = "" if hash_index is None else f"{hash_index}:{label}"
        return (
            f"{packet:6} {self._clock.text(time_ns):>{self._clock.width}} {arrow} {type_name:11}"
            f"{length:6} {transaction:>16} {'' if uac_id is None else uac_id:>4} "
            f"{subject:{SUBJECT_WIDTH}} {call_id}\n"
        )

    @property
    def plain(self) -> bool:
        """Whether lines are neither cut nor coloured."""
        return not (self._width or self._paint.on)

    def _column(self) -> int:
        """Width of method or status: wide terminals have more for it, once addresses fit."""
        room = self._width - self._clock.width - FIXED_WIDTH
        return max(SUBJECT_WIDTH, min(room - END_WIDTH, MAX_SUBJECT_WIDTH))

    def _fitted(
        self, start: str, type_name: str, subject: str, call_id: str, facts: Facts, route: str
    ) -> str:
        """The line cut to the terminal and coloured; colours take no room."""
        paint = self._paint
        room = max(0, self._width - len(start)) if self._width else 1 << 20
        column = self._column()
        subject = cut(subject, min(room, column) if call_id else room)
        call_id = cut(call_id, max(0, room - column - 1))
        route = cut(f"  {route}", max(0, room - column - 1 - len(call_id))) if route else ""
        if self._width and len(start) > self._width:
            return f"{start[: self._width]}\n"
        style = style_of(type_name)
        arrow = 8 + self._clock.width
        bytes_at = arrow + 19
        head = (
            f"{paint(start[:6], 'packet')}{start[6:arrow]}"
            f"{paint(start[arrow:bytes_at], style)}{start[bytes_at:]}"
        )
        gap = " " * (column + 1 - len(subject)) if call_id else ""
        end = f"{gap}{paint.call(call_id, facts.call_id)}{paint(route, 'dim')}"
        return f"{head}{self._subject(subject, style, facts)}{end}\n"

    def _subject(self, subject: str, style: str, facts: Facts) -> str:
        if facts.status:
            return self._paint(subject, status_style(facts.status))
        if facts.method and subject.startswith(facts.method):
            rest = subject[len(facts.method) :]
            return f"{self._paint(facts.method, 'request')}{rest}"
        return self._paint(subject, "fault" if style == "fault" else "idle")


def cut(text: str, width: int) -> str:
    """The text in at most that many characters, with dots where it was cut."""
    if len(text) <= width:
        return text
    return text[: max(0, width - 2)] + ".." if width > 2 else text[:width]
