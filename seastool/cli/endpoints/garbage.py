"""Python's garbage collector, set for a process that keeps many transactions for seconds."""

from __future__ import annotations

import gc
from typing import Final

YOUNG: Final = 20_000  # new objects that are looked at together, some hundred calls
MIDDLE: Final = 50
OLD: Final = 100


def settle() -> None:
    """To be called when all is imported: what is there by now is looked at no more.

    Transactions live for seconds and have no cycles. With the usual settings the collector goes
    through all of them again and again, 10 % of the time, and stands still for 0.1 s each time.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
