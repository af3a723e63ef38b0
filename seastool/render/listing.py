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
SUBJECT_WIDTH, MAX_SUBJECT_WIDTH = 36, 60  # of method or status, where there is room
FIXED_WIDTH = 52  # of the columns before it, without time and uac id
UAC_WIDTH = 4  # of a uac id, until there is a longer one
NARROW_WIDTH = 26  # of those columns on a narrow terminal
CALL_WIDTH = 24  # that a Call-ID gets before method or status gets more than it must
LEAST_WIDTH, NARROW_LEAST_WIDTH = 18, 10  # that method or status must have
END_WIDTH = 74  # that a Call-ID and two addresses take at most, mostly


def style_of(type_name: str) -> str:
    """The style of a type's name."""
    return _STYLES.get(type_name, "action")


class Listing:
    """Writes lines with the columns in place.

    width: of the terminal, to which lines are cut; 0 never cuts. On a terminal too narrow for all
    columns, bytes, transaction and uac id give way to the Call-ID.
    """

    def __init__(self, clock: Clock, paint: Paint, width: int = 0) -> None:
        self._clock = clock
        self._paint = paint
        self._width = width
        self._uac_width = UAC_WIDTH

    def heading(self) -> str:
        """The line of column names; right for the times that the first line will have."""
        time = "time".rjust(self._clock.width)
        column, narrow = self._columns()
        if narrow:
            end = f"{cut('method or status', column):{column}} call-id"
            text = f"packet {time} dir   type        {end}"
            note = f"{self._width} columns: without bytes, transaction, uac and SIP addresses"
            lines = [self._paint(text[: self._width], "heading")]
            return "\n".join([*lines, self._paint(note[: self._width], "dim")]) + "\n"
        text = (
            f"packet {time} openser type        bytes      transaction"
            f" {'uac':>{self._uac_width}} {'method or status':{column}} call-id"
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
        uac = self._uac(facts.uac_id)
        column, narrow = self._columns()
        call_id = facts.call_id
        subject = _subject_text(facts, with_ids=narrow and not call_id)
        if not subject.isprintable():
            subject = printable(subject)
        if not call_id.isprintable():
            call_id = printable(call_id)
        place = f"{packet:6} {time:>{self._clock.width}} "
        if narrow:
            kind, numbers, route = f"{ARROWS[direction]:5} {type_name:11}", " ", ""
        else:
            kind = f"{ARROWS[direction]:7} {type_name:11}"
            numbers = f"{length:6} {facts.transaction or ports:>16} {uac} "
        if self._width or self._paint.on:
            size = len(place) + len(kind) + len(numbers)
            if 0 < self._width < size:
                return f"{place}{kind}{numbers}"[: self._width] + "\n"
            painted = self._paint(kind, style_of(type_name))
            start = f"{self._paint(place[:6], 'packet')}{place[6:]}{painted}{numbers}"
            room = self._width - size if self._width else 1 << 20
            return start + self._fitted(room, column, type_name, subject, call_id, facts, route)
        if call_id or route:
            line = f"{place}{kind}{numbers}{subject:{SUBJECT_WIDTH}} {call_id}"
            return f"{line}  {route}\n" if route else f"{line}\n"
        return f"{place}{kind}{numbers}{subject}\n"

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
            f"{length:6} {transaction:>16} {self._uac(uac_id)} "
            f"{subject:{SUBJECT_WIDTH}} {call_id}\n"
        )

    def _uac(self, uac_id: int | None) -> str:
        """A uac id in its column, which grows with it."""
        text = "" if uac_id is None else str(uac_id)
        if len(text) > self._uac_width:
            self._uac_width = len(text)
        return text.rjust(self._uac_width)

    @property
    def plain(self) -> bool:
        """Whether lines are neither cut nor coloured."""
        return not (self._width or self._paint.on)

    def _columns(self) -> tuple[int, bool]:
        """Width of method or status, and whether the terminal is too narrow for all columns. The
        Call-ID comes first; wide terminals have more for the other, once addresses fit."""
        if not self._width:
            return SUBJECT_WIDTH, False
        room = self._width - self._clock.width - FIXED_WIDTH - self._uac_width
        if room < LEAST_WIDTH + CALL_WIDTH:
            room = self._width - self._clock.width - NARROW_WIDTH
            return max(NARROW_LEAST_WIDTH, min(room - CALL_WIDTH, SUBJECT_WIDTH)), True
        most = max(SUBJECT_WIDTH, min(room - END_WIDTH, MAX_SUBJECT_WIDTH))
        return max(LEAST_WIDTH, min(room - CALL_WIDTH, most)), False

    def _fitted(
        self,
        room: int,
        column: int,
        type_name: str,
        subject: str,
        call_id: str,
        facts: Facts,
        route: str,
    ) -> str:
        """The end of a line, cut to the room there is and coloured; colours take none."""
        subject = cut(subject, min(room, column) if call_id else room)
        call_id = cut(call_id, max(0, room - column - 1))
        if len(route) + 2 > room - column - 1 - len(call_id):
            route = ""  # half an address says nothing
        gap = " " * (column + 1 - len(subject)) if call_id else ""
        told = self._subject(subject, style_of(type_name), facts)
        end = self._paint(f"  {route}", "dim") if route else ""
        return f"{told}{gap}{self._paint.call(call_id, facts.call_id)}{end}\n"

    def _subject(self, subject: str, style: str, facts: Facts) -> str:
        if facts.status:
            return self._paint(subject, status_style(facts.status))
        if facts.method and subject.startswith(facts.method):
            rest = subject[len(facts.method) :]
            return f"{self._paint(facts.method, 'request')}{rest}"
        return self._paint(subject, "fault" if style == "fault" else "idle")


def _subject_text(facts: Facts, *, with_ids: bool) -> str:
    """Method and URI, status and reason, or what else there is; with_ids: and what names the
    transaction."""
    if facts.method:
        subject = f"{facts.method} {facts.subject}"
    elif facts.status:
        subject = f"{facts.status} {facts.subject}".rstrip(" ")
    else:
        subject = facts.subject
    if with_ids and facts.transaction:
        subject = f"{subject} {facts.transaction}"
    if with_ids and facts.uac_id is not None:
        subject = f"{subject} uac {facts.uac_id}"
    return f"{subject} ({facts.note})" if facts.note else subject


def cut(text: str, width: int) -> str:
    """The text in at most that many characters, with dots where it was cut."""
    if len(text) <= width:
        return text
    return text[: max(0, width - 2)] + ".." if width > 2 else text[:width]
