"""How a gateway is set up, but for its sockets."""

from __future__ import annotations

from dataclasses import dataclass, field

from seastool.gateway.routing import Routing
from seastool.seas.openser.settings import Settings as SeasSettings
from seastool.sip.transactions import Timing
from seastool.timers import NEVER

AS_TIMEOUT = 5.0
RING_TIMEOUT = 180.0
_GRACE = 1.0  # seconds that a SEAS transaction outlives the SIP one


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds.

    as_timeout: how long an application server may say nothing to a request. ring_timeout: how
    long a final reply may take after a provisional one. checks: whether requests that RFC 3261
    wants turned away are (`checks.refusal`, merged and looped ones); else all are handed over.
    by_rfc: whether it takes and answers what RFC 4475 says where that is not what the server does
    whose behaviour it has (`syntax`, `refusals.not_encoded`, `manners`).
    """

    routing: Routing = field(default_factory=Routing)
    as_timeout: float = AS_TIMEOUT
    ring_timeout: float = RING_TIMEOUT
    checks: bool = True
    by_rfc: bool = True


def seas_settings(timing: Timing) -> SeasSettings:
    """What the SEAS side keeps has to last as long as SIP's transactions do; that a request is
    answered at last, the gateway sees to."""
    patience = timing.patience + _GRACE
    return SeasSettings(wait_timer=patience, fr_timer=patience, unanswered=NEVER)
