"""What kinds of value a fault takes, and how each is written."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from seastool.seas.faults.field_change import FieldChange, parse_change, whole_number

LONGEST: Final = 3600.0

_DECIMAL = r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[-+]?[0-9]{1,3})?"
_NUMBER = re.compile(_DECIMAL)
_TIME = re.compile(rf"({_DECIMAL})(ms|s)")


class Parameter(ABC):
    """One kind of value.

    symbol: what stands for it in a description. allowed: what it may be, to end the sentence
    "takes ...".
    """

    symbol: ClassVar[str] = ""

    @property
    @abstractmethod
    def allowed(self) -> str: ...

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The value of a text; None if it is none."""

    @abstractmethod
    def holds(self, value: Any) -> bool:
        """Whether this is such a value."""

    @abstractmethod
    def format(self, value: Any) -> str:
        """A text that `parse` reads as this value."""


@dataclass(frozen=True)
class Whole(Parameter):
    """A whole number from `low` to `high`, decimal or hexadecimal."""

    low: int
    high: int
    symbol: ClassVar[str] = "N"

    @property
    def allowed(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def parse(self, text: str) -> int | None:
        return whole_number(text)

    def holds(self, value: Any) -> bool:
        return isinstance(value, int) and self.low <= value <= self.high

    def format(self, value: int) -> str:
        return str(value)


class Duration(Parameter):
    """A time in seconds, written with its unit."""

    symbol = "T"

    @property
    def allowed(self) -> str:
        return f"a time with its unit, such as 50ms or 1.5s, up to {LONGEST:g}s"

    def parse(self, text: str) -> float | None:
        match = _TIME.fullmatch(text)
        if match is None:
            return None
        return float(match[1]) / 1000 if match[2] == "ms" else float(match[1])

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and 0 < value <= LONGEST

    def format(self, value: float) -> str:
        return duration_text(value)


class Probability(Parameter):
    """How likely it is that the fault acts on a write."""

    symbol = "P"

    @property
    def allowed(self) -> str:
        return "a probability from 0 to 1, such as 0.1"

    def parse(self, text: str) -> float | None:
        return float(text) if _NUMBER.fullmatch(text) else None

    def holds(self, value: Any) -> bool:
        return isinstance(value, int | float) and 0 <= value <= 1

    def format(self, value: float) -> str:
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)


class ChangedField(Parameter):
    """A field of the frame, and perhaps what to write there."""

    symbol = "PATH[:VALUE]"

    @property
    def allowed(self) -> str:
        return "the path of a field and perhaps a new value, such as hash_index or hash_index:7"

    def parse(self, text: str) -> FieldChange | None:
        return parse_change(text) if text else None

    def holds(self, value: Any) -> bool:
        return isinstance(value, FieldChange)

    def format(self, value: FieldChange) -> str:
        return str(value)


def duration_text(seconds: float) -> str:
    """A time with its unit, in a short way that loses nothing."""
    short = f"{seconds * 1000:g}"
    if seconds < 1 and "e" not in short and float(short) / 1000 == seconds:
        return f"{short}ms"
    return f"{seconds:g}s" if float(f"{seconds:g}") == seconds else f"{seconds!r}s"
