"""Which recorded message of the other side one that has come stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from seastool.replay.playing.plan import Part

TRYING: Final = 100
FINAL: Final = 200


def response_part(parts: Sequence[Part], cseq: int, method: bytes, status: int) -> Part | None:
    """The step that waits for such a response to that request of the client's: for a final one
    the final one, for a provisional one the one of its status or else the next."""
    waiting = [part for part in _waiting(parts) if _is_to(part, cseq, method)]
    if status >= FINAL:
        return next((part for part in waiting if part.status >= FINAL), None)
    if status == TRYING:
        return next((part for part in waiting if part.status == TRYING), None)
    ringing = [part for part in waiting if TRYING < part.status < FINAL]
    alike = (part for part in ringing if part.status == status)
    return next(alike, ringing[0] if ringing else None)


def request_part(parts: Sequence[Part], method: bytes) -> Part | None:
    """The step that waits for a request of that method."""
    return next((p for p in _waiting(parts) if not p.status and p.method == method), None)


def outrun(parts: Sequence[Part], cseq: int, method: bytes, status: int) -> list[Part]:
    """The steps that wait for responses which cannot come any more once that one has: all
    before a final one, and 100 before any other."""
    return [
        part
        for part in _waiting(parts)
        if _is_to(part, cseq, method)
        and part.status < FINAL
        and (status >= FINAL or (part.status == TRYING and status > TRYING))
    ]


def unanswered(parts: Sequence[Part], cseq: int, method: bytes) -> list[Part]:
    """The steps that wait for responses to that request."""
    return [part for part in _waiting(parts) if _is_to(part, cseq, method)]


def _waiting(parts: Sequence[Part]) -> Iterator[Part]:
    return (part for part in parts if not part.by_client and not part.is_done)


def _is_to(part: Part, cseq: int, method: bytes) -> bool:
    return bool(part.status) and part.cseq == cseq and part.method == method
