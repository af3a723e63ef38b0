"""A kind of cause: what it is called, what it means, what shows it, and the cure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from seastool.interop.finding import Severity


class Cause(NamedTuple):
    """One kind of cause.

    meaning: what happens then, and why. evidence: what must be seen for it to be named.
    cure: what to do. reference: sections of the protocol page, or the RFC
    (`seastool.render.protocol.headings`).
    """

    id: str
    severity: Severity
    title: str
    meaning: str
    evidence: str
    cure: str
    reference: str


def registry(*parts: Iterable[Cause]) -> dict[str, Cause]:
    """Causes by id, in their order.

    Raises: ValueError for an id that is there twice.
    """
    found: dict[str, Cause] = {}
    for part in parts:
        for cause in part:
            if cause.id in found:
                raise ValueError(f"two causes {cause.id!r}")
            found[cause.id] = cause
    return found


REMOVE_LENGTH: Final = 'remove_hf("Content-Length"); msg_apply_changes();'
"""What a script does before as_relay_t() where the header is the trouble (module textopsx)."""
