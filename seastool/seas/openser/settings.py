"""What a proxy's configuration file sets: tm's timers, and where it listens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Resolves = Callable[[bytes], bool]
"""Whether a URI leads anywhere."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds.

    wait_timer: tm's wt_timer; how long a transaction stays to absorb what is repeated, and on
    Kamailio how long an application server has to answer at all.
    fr_timer, fr_inv_timer: for a final response to the application server's request, before and
    after a provisional one to an INVITE.
    unanswered: how long a request may go unanswered with a proxy that would wait for ever; from
    each provisional reply on anew.
    signature: the Server header's value in place of the behaviour's; empty for no such header.
    resolves: None takes every URI with a host.
    """

    wait_timer: float = 5.0
    fr_timer: float = 30.0
    fr_inv_timer: float = 120.0
    unanswered: float = 180.0
    signature: bytes | None = None
    resolves: Resolves | None = None
