"""Times of records for people: absolute, since the first one, or since the one before."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

SECOND = 1_000_000_000


class TimeStyle(StrEnum):
    """How the list shows times."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"
    DELTA = "delta"


def iso_time(time_ns: int) -> str:
    """``2026-11-23T00:22:14.003117000Z``: UTC, always nine digits."""
    seconds, rest = divmod(time_ns, SECOND)
    return f"{_second(seconds)}.{rest:09d}Z"


def _second(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return f"{seconds}s"


class Clock:
    """Formats the times of one capture.

    Six digits as long as times are whole microseconds, else nine: a nanosecond capture shows
    in its first time, and a later odd one is never cut.
    Units: nanoseconds since 1970 in, seconds out.
    """

    __slots__ = ("_before", "_iso", "_origin", "_second", "_style", "width")

    def __init__(self, style: TimeStyle) -> None:
        self._style = style
        self._origin = 0
        self._before = 0
        self._second = -1
        self._iso = ""
        self.width = 27 if style is TimeStyle.ABSOLUTE else 12

    def start(self, time_ns: int) -> None:
        """Count from then: the time of the capture's first packet, as Wireshark does."""
        self._origin = self._before = time_ns
        if time_ns % 1000:
            self.width += 3

    def text(self, time_ns: int) -> str:
        """The time of the next record."""
        if self._style is TimeStyle.ABSOLUTE:
            return self._absolute(time_ns)
        since = time_ns - (self._origin if self._style is TimeStyle.RELATIVE else self._before)
        self._before = time_ns
        return seconds_text(since)

    def _absolute(self, time_ns: int) -> str:
        second, rest = divmod(time_ns, SECOND)
        if second != self._second:
            self._second, self._iso = second, _second(second)
        return f"{self._iso}.{rest:09d}Z" if rest % 1000 else f"{self._iso}.{rest // 1000:06d}Z"


def seconds_text(span_ns: int) -> str:
    """``2.003117``, or nine digits where six would cut."""
    sign = "-" if span_ns < 0 else ""
    second, rest = divmod(abs(span_ns), SECOND)
    if rest % 1000:
        return f"{sign}{second}.{rest:09d}"
    return f"{sign}{second}.{rest // 1000:06d}"
