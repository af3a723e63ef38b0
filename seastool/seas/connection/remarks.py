"""What is told of a peer's faults: the first of a kind, then counts, so that no log floods."""

from __future__ import annotations

from collections import Counter
from typing import Final

TOLD_OF_A_KIND: Final = 3


class Remarks:
    """Which remarks are worth a line. amounts: by kind, those not told included."""

    def __init__(self) -> None:
        self.amounts: Counter[str] = Counter()
        self._times: Counter[str] = Counter()

    def take(self, kind: str, text: str, amount: int = 1) -> str | None:
        """What to tell of it; None if enough of that kind was told.

        kind: in the words of the summary, such as "frames that do not decode".
        """
        self.amounts[kind] += amount
        self._times[kind] += 1
        if self._times[kind] > TOLD_OF_A_KIND:
            return None
        return f"{text}; more of it is only counted" if self._is_last(kind) else text

    def _is_last(self, kind: str) -> bool:
        return self._times[kind] == TOLD_OF_A_KIND

    def summary(self) -> list[str]:
        """A line for each kind."""
        return [f"{kind}: {amount:,}" for kind, amount in sorted(self.amounts.items())]
