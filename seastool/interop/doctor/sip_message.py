"""A SIP message of a capture, read as far as a diagnosis needs it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from seastool.capture.records import CapturedSip
from seastool.interop.sip_scan import ScannedSip, scan

_BRANCH: Final = re.compile(rb";\s*branch\s*=\s*([^;,\s]+)", re.IGNORECASE)
_TAG: Final = re.compile(rb";\s*tag\s*=\s*([^;,\s>]+)", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class SipMessage:
    """One message. captured: None for one that stands in an action or event. method: of a
    request, for a response that of its CSeq. status: 0 for a request."""

    captured: CapturedSip | None
    text: bytes
    method: bytes
    status: int
    call_id: bytes
    cseq: bytes
    branch: bytes
    to_tag: bytes
    server: bytes

    @property
    def is_request(self) -> bool:
        """Whether it is one."""
        return not self.status

    @property
    def key(self) -> tuple[bytes, bytes, bytes]:
        """What a request and its responses have in common, on every hop."""
        return self.call_id, self.cseq, self.method

    @property
    def start_line(self) -> str:
        """The first line, as text of ASCII."""
        line = self.text.partition(b"\n")[0].rstrip(b"\r")[:80]
        return line.decode("ascii", "backslashreplace")


def read_sip(text: bytes, captured: CapturedSip | None = None) -> SipMessage | None:
    """The message; None if it is none."""
    scanned = scan(text)
    if scanned is None:
        return None
    number, _, method = _first(scanned, "cseq").partition(b" ")
    status = 0
    if scanned.is_request:
        method = text[slice(*scanned.method)]
    else:
        status = int(text[slice(*scanned.method)])
    via = _BRANCH.search(_first(scanned, "via", "v"))
    tag = _TAG.search(_first(scanned, "to", "t"))
    return SipMessage(
        captured,
        text,
        method.strip(),
        status,
        _first(scanned, "call-id", "i"),
        number.strip(),
        via[1] if via else b"",
        tag[1] if tag else b"",
        _first(scanned, "server") or _first(scanned, "user-agent"),
    )


def _first(scanned: ScannedSip, *names: str) -> bytes:
    return next(iter(scanned.values(*names)), b"")
