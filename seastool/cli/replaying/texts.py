"""Values of the options that all runs have."""

from __future__ import annotations

from seastool.cli.endpoints.texts import some_time
from seastool.cli.exits import UsageFault
from seastool.cli.replaying.options import ReplayWishes
from seastool.replay.comparing import LEVELS, Level
from seastool.replay.playing import Load, Playing
from seastool.scenario.errors import BadText
from seastool.scenario.units import parse_rate


def playing_of(wishes: ReplayWishes) -> Playing:
    """How a call is played. Raises: UsageFault."""
    return Playing(
        level=_level(wishes.compare),
        speed=_speed(wishes.speed),
        wait=some_time("--wait", wishes.wait),
    )


def load_of(wishes: ReplayWishes) -> Load:
    """Which calls are played when. Raises: UsageFault."""
    return Load(
        calls=wishes.calls,
        loops=wishes.loop,
        rate=_rate(wishes.rate),
        concurrency=wishes.concurrency,
    )


def _level(text: str) -> Level:
    for level in LEVELS:
        if level == text:
            return level
    raise UsageFault(f"--compare {text}: it is {', '.join(LEVELS)}")


def _rate(text: str | None) -> float | None:
    try:
        return parse_rate(text) if text else None
    except BadText as error:
        raise UsageFault(f"--rate: {error}") from None


def _speed(text: str) -> float:
    if text == "max":
        return float("inf")
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 1e-6 <= speed <= 1e9:
        raise UsageFault(f"--speed {text}: it is a number such as 1, 0.5 or 10, or max")
    return speed
