"""Which servers something is true of, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import behave_like, ranges

NAMES: Final = {"openser": "OpenSER", "opensips": "OpenSIPS", "kamailio": "Kamailio"}
NOBODY: Final = "none known"


@lru_cache(maxsize=1)
def servers() -> list[Behaviour]:
    """Every range of servers by its first version, oldest first, by family."""
    return [behave_like(name) for name in ranges()]


def family(server: str) -> str:
    """``kamailio-5.6.3`` -> ``Kamailio``."""
    return NAMES[server.partition("-")[0]]


def version(server: str) -> str:
    """``kamailio-5.6.3`` -> ``5.6.3``."""
    return server.partition("-")[2]


def held_by(holds: Callable[[Behaviour], bool]) -> str:
    """The servers of which something is true: `all`, or `OpenSER all; Kamailio from 5.6`."""
    told = []
    for name, chain in groupby(servers(), lambda one: family(one.server)):
        runs = [(has, list(run)) for has, run in groupby(chain, holds)]
        if found := _runs(runs):
            told.append(f"{name} {', '.join(found)}")
    if told == [f"{name} all" for name in NAMES.values()]:
        return "all"
    return "; ".join(told) or NOBODY


def _runs(runs: Sequence[tuple[bool, list[Behaviour]]]) -> list[str]:
    """Of versions in order, those that have it: from the first to before the next without."""
    found = []
    for i, (has, run) in enumerate(runs):
        if not has:
            continue
        first = version(run[0].server)
        until = version(runs[i + 1][1][0].server) if i + 1 < len(runs) else ""
        is_all = len(runs) == 1
        found.append(
            "all" if is_all else f"{first} to before {until}" if until else f"from {first}"
        )
    return found
