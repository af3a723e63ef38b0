"""What of a replay was not as recorded, shown as it is found, and what it came to."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher
from typing import Any, Final

from seastool.cli.live.view import LiveView
from seastool.cli.output import Output, abandon_output, coloured, leave_quietly
from seastool.cli.replaying.options import ReplayWishes
from seastool.render.jsonl.codes import dump
from seastool.render.jsonl.escape import quote
from seastool.render.jsonl.records import HEAD
from seastool.render.paint import Paint
from seastool.render.printable import printable, shown, text_of
from seastool.replay.result import MessageDifference, ReplayResult

MOST_LINES: Final = 1000  # of a message
AT_LENGTH: Final = 20  # differences that are shown with both messages; of the others, one line
_OTHER_EACH_TIME: Final = frozenset(
    {"via", "v", "from", "f", "to", "t", "call-id", "i", "contact", "m", "date"}
)


class Showing:
    """Shows differences on standard output. Only `close` raises.

    on_gone: called once when nobody reads the output any more.
    """

    def __init__(self, wishes: ReplayWishes, view: LiveView) -> None:
        self.on_gone: Callable[[], None] = lambda: None
        self._view = view
        self._json = wishes.live.json
        self._quiet = wishes.live.quiet or wishes.live.write == "-"
        self._output = Output(live=True)
        self._paint = Paint(coloured(wishes.live.color))
        self._color = wishes.live.color
        self._shown = 0
        self._error: OSError | None = None

    def difference(self, difference: MessageDifference) -> None:
        """Show one."""
        if self._quiet:
            return
        self._shown += 1
        if self._json:
            self._record("difference", difference_record(difference))
            return
        lines = [headline(difference, self._paint)]
        if self._shown <= AT_LENGTH:
            lines += message_lines(difference, self._paint)
        if self._shown == AT_LENGTH:
            lines.append("(from here on, one line for each; --json has all of it)")
        self._write("".join(f"{line}\n" for line in lines))

    def result(self, result: ReplayResult, asked: int | None, to: str, seconds: float) -> bool:
        """Tell what it came to; whether all is well."""
        is_well = result.is_same and (asked is None or result.calls == asked)
        paint = Paint(coloured(self._color, sys.stderr))
        self._view.tell([summary(result, asked, seconds, paint, is_well=is_well)])
        if self._json and not self._quiet:
            self._record("replay", result_record(result, asked, to, seconds, is_well=is_well))
        return is_well

    def close(self) -> None:
        """Raises: OSError if the output could not be written at some time."""
        if isinstance(self._error, BrokenPipeError):
            leave_quietly()
        if self._error is not None:
            raise self._error

    def _record(self, kind: str, fields: dict[str, Any]) -> None:
        self._write(f"{HEAD}{quote(kind)},{dump(fields)[1:]}\n")

    def _write(self, text: str) -> None:
        if self._error is not None:
            return
        self._view.flush()
        try:
            self._output.write(text)
        except OSError as error:
            self._error = error
            abandon_output()
            self.on_gone()


def headline(difference: MessageDifference, paint: Paint) -> str:
    """Which message of which call, and what about it."""
    call = paint.call(printable(difference.call_id), difference.call_id)
    packet = f", packet {difference.number}" if difference.number else ""
    told = "; ".join(str(one) for one in difference.differences)
    if difference.what != "different":
        told = (_lines(difference.expected or difference.got) or ["nothing"])[0]
    what = paint(difference.what, "fault")
    return f"{call}: step {difference.step}{packet}: {what}: {told}"


def message_lines(difference: MessageDifference, paint: Paint) -> Iterator[str]:
    """Expected and got as a diff. Lines that are other in every call, such as Via, count as the
    same and are shown as they came."""
    there, here = _lines(difference.expected), _lines(difference.got)
    matcher = SequenceMatcher(None, [_key(one) for one in there], [_key(one) for one in here])
    for what, start, end, other_start, other_end in matcher.get_opcodes():
        if what == "equal":
            yield from (f"    {line}" for line in here[other_start:other_end])
        else:
            yield from (paint(f"  - {line}", "failure") for line in there[start:end])
            yield from (paint(f"  + {line}", "success") for line in here[other_start:other_end])


def _lines(text: bytes) -> list[str]:
    text = text.rstrip(b"\r\n")
    lines = text.split(b"\n", MOST_LINES) if text else []
    told = [shown(line.rstrip(b"\r")) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:  # what compares them would take for ever
        more = lines[MOST_LINES].count(b"\n") + 1
        told.append(f"({more:,} lines more)")
    return told


def _key(line: str) -> str:
    name = line.partition(":")[0].strip().lower()
    return name if name in _OTHER_EACH_TIME else line


def summary(
    result: ReplayResult, asked: int | None, seconds: float, paint: Paint, *, is_well: bool
) -> str:
    """The one line at the end."""
    verdict = paint("as recorded", "success") if is_well else paint("not as recorded", "failure")
    of = f" of {asked:,}" if asked is not None and asked != result.calls else ""
    told = [
        f"{result.calls:,}{of} calls",
        f"{result.sent:,} messages sent",
        f"{result.compared:,} compared",
        f"{result.total:,} differences",
    ]
    if result.unfinished:
        told.append(f"{result.unfinished:,} calls not played to their end")
    return f"{verdict}: {', '.join(told)}, in {seconds:.3f} s"


def difference_record(difference: MessageDifference) -> dict[str, Any]:
    """One difference for --json; whole messages as text."""
    return {
        "call_id": difference.call_id,
        "step": difference.step,
        "packet": difference.number or None,
        "what": difference.what,
        "differences": [
            {"where": one.where, "expected": one.expected, "got": one.got}
            for one in difference.differences
        ],
        "expected": text_of(difference.expected),
        "got": text_of(difference.got),
    }


def result_record(
    result: ReplayResult, asked: int | None, to: str, seconds: float, *, is_well: bool
) -> dict[str, Any]:
    """The counts for --json."""
    return {
        "ok": is_well,
        "to": to,
        "asked": asked,
        "calls": result.calls,
        "unfinished": result.unfinished,
        "sent": result.sent,
        "compared": result.compared,
        "differences": result.total,
        "seconds": round(seconds, 6),
    }
