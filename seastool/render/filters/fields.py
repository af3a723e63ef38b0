"""What a filter may ask about: the fields and their kinds."""

from dataclasses import dataclass
from enum import StrEnum


class FilterKind(StrEnum):
    """What a field's value is, and so which comparisons make sense."""

    NUMBER = "number"
    TEXT = "text"
    WORD = "word"  # one of a fixed set of names, such as T_REQ_IN


@dataclass(frozen=True, slots=True)
class FilterField:
    """One field of the language.

    words: of a WORD field, every value it can take; empty if the set is open. A name
    that is not among them is refused when the filter is compiled. numbered: what those
    values begin with that have no name, such as `type 9`.
    """

    name: str
    kind: FilterKind
    description: str
    words: tuple[str, ...] = ()
    numbered: str = ""

    def takes(self, word: str) -> bool:
        """Whether it can have that value."""
        if not self.words or word in self.words:
            return True
        return bool(self.numbered) and word.removeprefix(self.numbered).isdecimal()
