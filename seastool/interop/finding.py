"""What a rule found, as data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from seastool.wire import Span


class Severity(IntEnum):
    """How bad. info: a known fault of a server, or what the proxy itself reports; warning: what
    a peer may take wrongly; error: what no peer can take rightly."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


@dataclass(slots=True)
class Finding:
    """One fault of one frame.

    rule: its id in `rules.RULES`. packet: None for a frame that is in no capture.
    path: the field, such as ``headers[3].body.vias[0].branch``.
    span: the field's bytes in the frame; data: those bytes. text: the SIP text meant.
    """

    rule: str
    severity: Severity
    path: str
    span: Span
    data: bytes
    text: bytes
    message: str
    packet: int | None = None
