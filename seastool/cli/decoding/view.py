"""What every view does."""

from __future__ import annotations

from typing import Protocol

from seastool.capture.decoded import Decoded


class View(Protocol):
    """Turns records into text."""

    def start(self, start_ns: int) -> str:
        """What stands before the first record; start_ns: time of the capture's first packet."""
        ...

    def show(self, decoded: Decoded) -> str:
        """One record, line end included."""
        ...
