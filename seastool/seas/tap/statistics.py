"""What a tap counts, and how it tells."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from seastool.seas.types import Direction, Socket


@dataclass(slots=True)
class Passed:
    """What has come in of one direction, on all connections. stray: bytes that are no unit."""

    hellos: int = 0
    frames: int = 0
    bytes: int = 0
    stray: int = 0
    bytes_out: int = 0

    @property
    def line(self) -> str:
        """For people."""
        told = f"{self.frames:,} frame{'' if self.frames == 1 else 's'}, {self.bytes:,} bytes"
        if self.stray:
            told += f", {self.stray:,} of them in no frame"
        if self.bytes_out != self.bytes:
            told += f"; {self.bytes_out:,} bytes passed on"
        return told


@dataclass(slots=True)
class Statistics:
    """connections: passed through, by socket. pairs: application servers that had both. refused:
    connections for which the proxy was not there, or there was no room. script: what the script
    did, by word."""

    connections: Counter[Socket] = field(default_factory=Counter)
    pairs: int = 0
    refused: int = 0
    script: Counter[str] = field(default_factory=Counter)
    passed: dict[Direction, Passed] = field(
        default_factory=lambda: {direction: Passed() for direction in Direction}
    )

    def lines(self) -> list[str]:
        """What there is to tell."""
        event, action = (self.connections[socket] for socket in Socket)
        told = f"connections: {event + action:,} ({event:,} event, {action:,} action)"
        if self.refused:
            told += f", {self.refused:,} refused"
        lines = [f"{told}; application servers: {self.pairs:,}"]
        for direction in (Direction.TO_AS, Direction.TO_OPENSER):
            lines.append(f"{direction}: {self.passed[direction].line}")
        if self.script:
            words = (f"{word} {count:,}" for word, count in sorted(self.script.items()))
            lines.append(f"script: {', '.join(words)}")
        return lines
