"""What stands between a proxy and its application servers may do with what passes: see
docs/tap.md."""

from seastool.seas.tap.context import Context
from seastool.seas.tap.cutter import Cutter, Piece
from seastool.seas.tap.hooks import DROP, HookError, Hooks, Result, hooks_of
from seastool.seas.tap.pair import Changes, Pair, Sent
from seastool.seas.tap.pairs import Pairs
from seastool.seas.tap.statistics import Statistics

__all__ = [
    "DROP",
    "Changes",
    "Context",
    "Cutter",
    "HookError",
    "Hooks",
    "Pair",
    "Pairs",
    "Piece",
    "Result",
    "Sent",
    "Statistics",
    "hooks_of",
]
