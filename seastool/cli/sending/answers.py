"""Which frames ``seastool send`` shows: what comes back after it has sent."""

from __future__ import annotations

from typing import Final

from seastool.capture.decoded import Decoded
from seastool.capture.losses import Statistics
from seastool.capture.records import CapturedFrame
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction

_PING: Final = "PING"


class Answers:
    """Keeps what comes back. show_all: and everything else.

    statistics: those of the view, whose times then count from sending.
    """

    def __init__(self, *, show_all: bool) -> None:
        self.statistics = Statistics()
        self._show_all = show_all
        self._since: int | None = None

    def begin(self, time_ns: int) -> None:
        """It is sent now."""
        self._since = time_ns
        if not self._show_all:
            self.statistics.start_ns = time_ns

    def wanted(self, decoded: Decoded) -> bool:
        """Whether to show a record."""
        captured = decoded.captured
        if self._show_all:
            return True
        if self._since is None or captured.time_ns < self._since:
            return False
        if getattr(captured, "direction", None) is not Direction.TO_AS:
            return False
        is_frame = isinstance(captured, CapturedFrame) and captured.kind is UnitKind.FRAME
        return not is_frame or decoded.type_name != _PING
