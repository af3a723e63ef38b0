"""Whether there was SEAS in a capture at all, and what there is instead."""

from __future__ import annotations

from seastool.capture.losses import Statistics
from seastool.cli.exits import NotSeas


def check_seas(capture: str, statistics: Statistics) -> None:
    """Raises: NotSeas with what there is instead, if there is no SEAS connection."""
    if statistics.frames or statistics.seas_connections:
        return
    name = "standard input" if capture == "-" else capture
    if not statistics.packets:
        raise NotSeas(f"{name}: a capture without packets")
    found = f"{statistics.packets:,} packets"
    if statistics.sip_messages:
        found += f", {statistics.sip_messages:,} SIP messages"
    raise NotSeas(
        f"{name}: no SEAS in it ({found}); if a port carries it nevertheless, name it with --port"
    )
