"""Regular expressions that cannot hang: Python's, less what lets one backtrack without end.

A pattern is refused if a text could make it try an exponential number of ways: a repeated group
that repeats or chooses inside, many optional parts in a row, back-references. What is left is
polynomial: with `w` ways and `r` open repeats, a text of `n` characters takes about
``w * n**(r + 1) / (r + 1)!`` steps at worst. So a pattern searches only so many of the first
characters as keep that below MAX_STEPS, some tenths of a second, and is refused if those are few.
"""

import math
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass

MAX_PATTERN = 200  # characters
MAX_SUBJECT = 4096  # characters of a value that are searched, with at most one open repeat
MIN_SUBJECT = 256  # a pattern too costly for texts of this length is refused
MAX_STEPS = 200_000_000

_MANY = 10**9  # where the ways are no longer told apart
_LONG = 16  # a repeat that may vary by more is as good as open, and its length counts too
_BRACES = re.compile(r"\{(?P<low>[0-9]*)(?P<comma>,)?(?P<high>[0-9]*)\}")
_CLASS = re.compile(r"\[\^?\]?(?:[^\]\\]|\\.)*\]", re.DOTALL)
_FLAGS = "(?i)"


class PatternError(ValueError):
    """A pattern that does not compile or may take too long; `position` is where in it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


def bounded_search(pattern: str) -> Callable[[str], bool]:
    """Compile `pattern` to a function that tells whether it occurs in a text.

    At most the first MAX_SUBJECT characters of the text are searched.
    Raises: PatternError.
    """
    find = bounded_match(pattern)
    return lambda text: find(text) is not None


def bounded_match(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """The same, to a function that gives the place where it occurs, with its groups."""
    if len(pattern) > MAX_PATTERN:
        message = f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN} are taken"
        raise PatternError(message, MAX_PATTERN)
    search = _compiled(pattern).search
    limit = _Survey(pattern).cost().subject_limit()
    if limit < MIN_SUBJECT:
        raise PatternError("too many *, +, ? and alternatives in one pattern", 0)
    return lambda text: search(text[:limit])


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of syntax that may mean more in a later Python
            return re.compile(pattern)
    except re.error as error:
        raise PatternError(f"bad pattern: {error.msg}", error.pos or 0) from None
    except (OverflowError, RecursionError):
        raise PatternError("bad pattern: a count too large, or too deep", 0) from None


@dataclass(slots=True)
class _Cost:
    """How a part of a pattern can backtrack: choices to try, and repeats without a bound."""

    ways: int = 1
    repeats: int = 0

    def then(self, other: "_Cost") -> "_Cost":
        return _Cost(min(self.ways * other.ways, _MANY), self.repeats + other.repeats)

    def either(self, other: "_Cost") -> "_Cost":
        return _Cost(self.ways + other.ways, max(self.repeats, other.repeats))

    def subject_limit(self) -> int:
        power = min(self.repeats, 20) + 1
        length = (MAX_STEPS / self.ways * math.factorial(power)) ** (1 / power)
        return min(int(length), MAX_SUBJECT)


class _Survey:
    """One walk over a pattern that `re` has accepted, adding up its cost."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._position = len(_FLAGS) if pattern.startswith(_FLAGS) else 0

    def cost(self) -> _Cost:
        return self._alternatives()

    def _alternatives(self) -> _Cost:
        cost = self._sequence()
        while self._pattern.startswith("|", self._position):
            self._position += 1
            cost = cost.either(self._sequence())
        return cost

    def _sequence(self) -> _Cost:
        cost = _Cost()
        while self._position < len(self._pattern) and self._pattern[self._position] not in "|)":
            cost = cost.then(self._repeated(self._atom()))
        return cost

    def _atom(self) -> _Cost:
        match self._pattern[self._position]:
            case "(":
                return self._group()
            case "[":
                match = _CLASS.match(self._pattern, self._position)
                self._position = match.end() if match else len(self._pattern)
            case "\\":
                if self._pattern[self._position + 1] in "123456789":
                    raise PatternError("back-references are not taken", self._position)
                self._position += 2
            case _:
                self._position += 1
        return _Cost()

    def _group(self) -> _Cost:
        start = self._position
        self._position += 1
        if self._pattern.startswith("?", self._position):
            if not self._pattern.startswith("?:", self._position):
                message = f"of groups only (...), (?:...) and a leading {_FLAGS} are taken"
                raise PatternError(message, start)
            self._position += 2
        cost = self._alternatives()
        self._position += 1
        return cost

    def _repeated(self, cost: _Cost) -> _Cost:
        start = self._position
        bounds = self._bounds()
        if bounds is None:
            return cost
        low, high = bounds
        if high is None or high - low > _LONG:
            if cost.ways > 1 or cost.repeats:
                message = "a repeated group may not itself repeat or choose inside"
                raise PatternError(message, start)
            return _Cost(repeats=1)
        ways = cost.ways ** min(high, 64) * (high - low + 1) * (high if high > _LONG else 1)
        return _Cost(min(ways, _MANY), cost.repeats * high)

    def _bounds(self) -> tuple[int, int | None] | None:
        """Take a quantifier, if one is next: the least and most times, None for no end."""
        bounds: tuple[int, int | None]
        match self._pattern[self._position : self._position + 1]:
            case "*" | "+":
                bounds = (0, None)
                self._position += 1
            case "?":
                bounds = (0, 1)
                self._position += 1
            case "{":
                match = _BRACES.match(self._pattern, self._position)
                if match is None or match.group() == "{}":
                    return None
                self._position = match.end()
                bounds = _braced(match)
            case _:
                return None
        if self._pattern[self._position : self._position + 1] in ("?", "+"):  # lazy, possessive
            self._position += 1
        return bounds


def _braced(match: re.Match[str]) -> tuple[int, int | None]:
    low = int(match["low"] or 0)
    if not match["comma"]:
        return low, low
    return low, int(match["high"]) if match["high"] else None
