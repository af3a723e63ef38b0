"""What is wrong with a scenario file, and where: all of it at once, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from seastool.errors import SeasError
from seastool.render.printable import printable

MAX_MISTAKES = 20
SHOWN = 60  # characters of a text that are quoted in a message


class Place(NamedTuple):
    """Where in a file, both counted from 1; columns in characters."""

    line: int
    column: int


class Mistake(NamedTuple):
    """One thing wrong."""

    place: Place
    message: str


class ScenarioError(SeasError):
    """A scenario that is not one.

    mistakes: by place, at most MAX_MISTAKES; the message has a line for each.
    """

    def __init__(self, name: str, mistakes: Iterable[Mistake]) -> None:
        found = sorted(set(mistakes))
        self.name = name
        self.mistakes: Sequence[Mistake] = tuple(found[:MAX_MISTAKES])
        lines = [
            f"{printable(name)}:{place.line}:{place.column}: {printable(message)}"
            for place, message in self.mistakes
        ]
        if len(found) > MAX_MISTAKES:
            lines.append(f"{printable(name)}: and {len(found) - MAX_MISTAKES} mistakes more")
        super().__init__("\n".join(lines))


class BadText(SeasError):
    """A text inside a scenario that does not parse; offset: where in it, in characters."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


def shown(text: str) -> str:
    """A text quoted for a message, cut if it is long."""
    return f"'{text}'" if len(text) <= SHOWN else f"'{text[: SHOWN - 2]}..'"


def suggestion(name: str, known: Iterable[str], most: int = 30) -> str:
    """What was probably meant, and what there is: the end of a message."""
    from difflib import get_close_matches  # only needed to explain a mistake

    names = sorted(known)
    folded = {one.lower(): one for one in names}
    short = name[:80].lower()
    near = get_close_matches(short, folded, n=1)
    near = near or [one for one in folded if len(short) > 1 and one.startswith(short)][:1]
    meant = f", did you mean {folded[near[0]]}?" if near else ""
    if len(names) > most:
        return meant
    return f"{meant}{';' if not meant else ''} there is {', '.join(names)}" if names else meant
