"""Lines that tools write between SIP messages, and what they say of the message behind them.

sipp writes a line of dashes with the time and one with direction and transport; sngrep a line with
time and both addresses; ngrep a line that begins with U or T.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Final

from seastool.capture.records import Address
from seastool.replay.messages import Transport

_PLACE: Final = rb"\[?[0-9A-Fa-f.:]{2,45}\]?:[0-9]{1,5}"
MARK: Final = re.compile(
    rb"^(?:"
    rb"-{10,200}[ \t]+[0-9]{4}[-/][^\r\n]{0,60}"
    rb"|[A-Z0-9]{2,9} (?:control )?message (?:sent|received) [\[(][0-9]{1,9}[^\r\n]{0,24}"
    rb"|[^\r\n]{0,60}?(?<![0-9A-Fa-f.:\[])" + _PLACE + rb"[ \t]*[-=]>[ \t]*" + _PLACE +
    rb"[^\r\n]{0,60}"
    rb")\r?$",
    re.M,
)  # fmt: skip
SEPARATOR: Final = re.compile(rb"^[ \t]*(?:[-=*#_~+]{3,200}|#{1,9})[ \t]*\r?$", re.M)
"""A line that only separates; a line of # is ngrep's count of packets."""

_DATE: Final = re.compile(rb"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})[ \tT]+")
_TIME: Final = re.compile(
    rb"(?<![0-9])([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,9}))?(?![0-9:])"
)
_PLACES: Final = re.compile(rb"(" + _PLACE + rb")[ \t]*[-=]>[ \t]*(" + _PLACE + rb")")
_MESSAGE: Final = re.compile(rb"^([A-Z0-9]{2,9}) (?:control )?message (sent|received) ")
_STREAMS: Final = (b"TCP", b"TLS", b"WS", b"WSS", b"SCTP")


@dataclass(slots=True)
class Marks:
    """What the lines before a message have said."""

    time_ns: int = 0
    source: Address | None = None
    destination: Address | None = None
    is_sent: bool | None = None
    transport: Transport | None = None

    def read(self, line: bytes) -> None:
        """Take in one line."""
        line = line.strip()
        self.time_ns = time_of(line) or self.time_ns
        if found := _MESSAGE.match(line):
            self.is_sent = found[2] == b"sent"
            self.transport = "tcp" if found[1] in _STREAMS else "udp"
        elif found := _PLACES.search(line):
            self.source, self.destination = _address(found[1]), _address(found[2])
            if line[:2] in (b"U ", b"T "):
                self.transport = "tcp" if line[:1] == b"T" else "udp"


def time_of(line: bytes) -> int:
    """The time in a line in nanoseconds, since 1970 taken as UTC, or of the day where there is no
    date; 0 if there is none."""
    found = _TIME.search(line)
    if found is None:
        return 0
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3])
    fraction = int((found[4] or b"").ljust(9, b"0"))
    day = 0
    if date := _DATE.search(line):
        try:
            whole = datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=UTC)
        except ValueError:
            return 0
        day = max(0, int(whole.timestamp()))
    return (day + hours * 3600 + minutes * 60 + seconds) * 1_000_000_000 + fraction


def _address(text: bytes) -> Address | None:
    host, _, port = text.decode("ascii").rpartition(":")
    try:
        packed = ip_address(host.strip("[]")).packed
    except ValueError:
        return None
    return Address(packed, int(port)) if int(port) <= 0xFFFF else None
