"""Durations and rates as people write them: 100ms, 2s, 1m; 100/s."""

from __future__ import annotations

import re

from seastool.scenario.errors import BadText, shown

DURATION = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(us|ms|s|m|h)"
RATE = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)/(s|m|h)"
LONGEST = 30 * 86400.0
_DURATION = re.compile(DURATION)
_RATE = re.compile(RATE)
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_duration(text: str) -> float:
    """Seconds. Raises: BadText."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise BadText(f"{shown(text)} is no duration: write 100ms, 2s, 1.5m or 1h")
    seconds = float(found[1]) * _SECONDS[found[2]]
    if seconds > LONGEST:
        raise BadText(f"{shown(text)} is too long: at most 720h")
    return seconds


def parse_rate(text: str) -> float:
    """Calls a second. Raises: BadText."""
    found = _RATE.fullmatch(text)
    rate = float(found[1]) / _SECONDS[found[2]] if found else 0.0
    if not rate:
        raise BadText(f"{shown(text)} is no rate: write 100/s, 30/m or 5/h")
    return rate


def format_duration(seconds: float) -> str:
    """The shortest spelling: 250ms, 2s, 1.5s."""
    if seconds and seconds < 1e-3:
        return f"{seconds * 1e6:.0f}us"
    if seconds < 1:
        return f"{seconds * 1e3:.3g}ms"
    return f"{seconds:.6g}s"
