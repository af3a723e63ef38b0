"""Dialects named as ranges of versions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from seastool.seas.dialect import Dialect
from seastool.seas.dialects import names


def describe(dialects: Sequence[Dialect]) -> str:
    """Dialects as ranges: ``openser-1.2.0 to 1.3.0, kamailio-3.1 to 5.6.4, 5.7 to 5.7.1``.

    A dialect is named after the first version of its range; a range ends with the last version
    before the dialect that is not wanted any more.
    """
    wanted = {dialect.name for dialect in dialects}
    told: list[str] = []
    family = ""
    for first, last, following in _runs(wanted):
        own, _, start = first.partition("-")
        end = _end(last, following)
        version = start if f"{start}.".startswith(f"{end}.") else f"{start} to {end}"
        told.append(version if own == family else f"{own}-{version}")
        family = own
    return ", ".join(told)


def _runs(wanted: Collection[str]) -> list[tuple[str, str, str]]:
    """Wanted names side by side: the first and the last, and the name that follows, if any."""
    runs: list[tuple[str, str, str]] = []
    known = names()
    before = ""
    for name, following in zip(known, (*known[1:], ""), strict=True):
        family = name.partition("-")[0]
        if name in wanted:
            after = following if following.startswith(f"{family}-") else ""
            if before in wanted and before.startswith(f"{family}-"):
                runs[-1] = (runs[-1][0], name, after)
            else:
                runs.append((name, name, after))
        before = name
    return runs


def _end(last: str, following: str) -> str:
    """The last version of a range that begins with `last`, where `following` is the next."""
    version = last.partition("-")[2]
    minor, _, patch = following.partition("-")[2].rpartition(".")
    if minor.count(".") == 1 and patch.isdigit() and int(patch):
        return f"{minor}.{int(patch) - 1}"
    return ".".join(version.split(".")[:2]) if following else version
