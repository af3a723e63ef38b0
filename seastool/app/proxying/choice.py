"""Which response of several branches is the best (RFC 3261 section 16.7, step 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seastool.app.response import Response

_GLOBAL: Final = 600
# What tells a client how to try again is worth more; that time ran out says least.
_TELLING: Final = frozenset({401, 407, 415, 420, 484})
_SAYS_LITTLE: Final = frozenset({408, 487})
_CHALLENGES: Final = frozenset({401, 407})


def best_of(finals: Sequence[Response]) -> Response:
    """A 6xx if there is one, else one of the lowest class; the first of those alike."""
    return min(finals, key=_rank)


def _rank(response: Response) -> tuple[int, int]:
    status = response.status
    if status >= _GLOBAL:
        return 0, 0
    worth = 0 if status in _TELLING else 2 if status in _SAYS_LITTLE else 1
    return status // 100, worth


def other_challenges(best: Response, finals: Sequence[Response]) -> list[Response]:
    """Where the best is a challenge, those of the other branches: the client answers them all."""
    if best.status not in _CHALLENGES:
        return []
    return [final for final in finals if final is not best and final.status in _CHALLENGES]
