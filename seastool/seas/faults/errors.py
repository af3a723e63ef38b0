"""The error of a fault that cannot be, which says what can."""

from collections.abc import Iterable
from difflib import get_close_matches

from seastool.errors import SeasError

_LONGEST_SHOWN = 40
_MOST_LISTED = 12


class FaultError(SeasError):
    """No such fault, a value it does not take, or a side that cannot have it."""


def shown(text: str) -> str:
    """What a person wrote, for a message: one line, printable, short."""
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "...")


def choice(wrong: str, known: Iterable[str]) -> str:
    """The end of a message: the name meant, or those there are."""
    names = {name.lower(): name for name in known}
    near = get_close_matches(wrong[:_LONGEST_SHOWN].lower(), names, n=1)
    if near:
        return f", did you mean {names[near[0]]}?"
    more = ", ..." if len(names) > _MOST_LISTED else ""
    return f"; there is {', '.join(list(names.values())[:_MOST_LISTED])}{more}"
