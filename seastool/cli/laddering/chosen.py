"""Which calls of a capture are drawn."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from seastool.cli.exits import UsageFault


class Chosen(NamedTuple):
    """Which calls. call_ids: patterns, all if there are none. first, last: numbers, of those that
    the patterns leave; last is None for all that follow."""

    call_ids: Sequence[str] = ()
    first: int = 1
    last: int | None = None

    @classmethod
    def of(cls, call_ids: Sequence[str], calls: str) -> Chosen:
        """calls: ``3``, ``3-20``, ``3-`` or empty. Raises: UsageFault."""
        if not calls:
            return cls(call_ids)
        found = re.fullmatch(r"([0-9]{1,9})(?:(-)([0-9]{1,9})?)?", calls)
        first = int(found[1]) if found else 0
        last = int(found[3]) if found and found[3] else None if found and found[2] else first
        if not first or (last is not None and last < first):
            raise UsageFault(
                f"--calls {calls}: numbers as in 3, 3-20 or 3-, of which the first is 1"
            )
        return cls(call_ids, first, last)

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.call_ids and self.first == 1 and self.last is None

    def wanted(self) -> Callable[[str], bool] | None:
        """The test of a Call-ID; None if all are wanted."""
        if not self.call_ids:
            return None
        return lambda name: any(name == one or fnmatchcase(name, one) for one in self.call_ids)
