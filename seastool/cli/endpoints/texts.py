"""Values of the endpoints' options: dialects, durations, pings, faults."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from seastool.cli.exits import UsageFault
from seastool.scenario.errors import BadText
from seastool.scenario.units import parse_duration
from seastool.seas.connection.openser_events import PingPlan
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import UnknownDialect, lookup
from seastool.seas.faults import Fault, FaultError, FaultInjector, parse_fault
from seastool.seas.types import Direction


def a_dialect(name: str | None) -> Dialect | None:
    """The dialect of --dialect or --like; None without one. Raises: UsageFault."""
    try:
        return lookup(name) if name else None
    except UnknownDialect as error:
        raise UsageFault(str(error)) from None


def a_duration(option: str, text: str | None) -> float | None:
    """Seconds; None without one. Raises: UsageFault."""
    if not text:
        return None
    if text == "0":
        return 0.0
    try:
        return parse_duration(text)
    except BadText as error:
        raise UsageFault(f"{option}: {error}") from None


def some_time(option: str, text: str) -> float:
    """Seconds, above 0. Raises: UsageFault."""
    seconds = a_duration(option, text)
    if not seconds:
        raise UsageFault(f"{option} {text}: it is a time above 0, such as 5s or 500ms")
    return seconds


def a_ping_plan(text: str | None) -> PingPlan | None:
    """The pings of --ping; None without one. Raises: UsageFault."""
    if not text:
        return None
    period, _, timeout = text.partition(":")
    seconds = a_duration("--ping", period)
    late = a_duration("--ping", timeout) if timeout else seconds
    if not seconds or not late:
        raise UsageFault(f"--ping {text}: it is PERIOD[:TIMEOUT], such as 5s or 5s:2s")
    return PingPlan(seconds, late)


def some_faults(texts: Sequence[str] | None, side: Direction | None = None) -> list[Fault]:
    """The faults of --fault. side: what this one writes, which must be able to have them; None
    if that is looked at elsewhere. Raises: UsageFault."""
    try:
        faults = [parse_fault(text) for text in texts or ()]
        if side is not None:
            FaultInjector(faults, Random(0), side=side)
        return faults
    except FaultError as error:
        raise UsageFault(f"--fault {error}") from None
