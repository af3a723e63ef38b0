"""A check as data, and the suites that checks register with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from inspect import getdoc
from typing import Generic, TypeVar

from seastool.errors import SeasError

StageT = TypeVar("StageT")


class UnknownCheck(SeasError):
    """No check goes by that id."""


@dataclass(frozen=True, slots=True)
class Check(Generic[StageT]):
    """One check.

    purpose: what goes wrong for whom if it fails. reference: where the protocol says so.
    fault: the fault of real servers that it finds; empty for none. dangerous: it kills or
    harms some real servers. alone: it disturbs its connection, and runs behind those that do not.
    profile: the kind of peer that we are meanwhile, for suites that have several. needs: the ids
    of checks whose failure leaves nothing to look at here.
    """

    id: str
    title: str
    purpose: str
    reference: str
    run: Callable[[StageT], Awaitable[None]]
    fault: str = ""
    dangerous: bool = False
    alone: bool = False
    profile: str = ""
    needs: tuple[str, ...] = ()


class Suite(Generic[StageT]):
    """Checks of one kind of peer, in the order in which they are run."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._checks: dict[str, Check[StageT]] = {}

    def check(
        self,
        id: str,
        title: str,
        reference: str,
        *,
        fault: str = "",
        dangerous: bool = False,
        alone: bool = False,
        profile: str = "",
        needs: tuple[str, ...] = (),
    ) -> Callable[[Callable[[StageT], Awaitable[None]]], Callable[[StageT], Awaitable[None]]]:
        """Register a function as a check; its docstring is the purpose."""

        def register(
            run: Callable[[StageT], Awaitable[None]],
        ) -> Callable[[StageT], Awaitable[None]]:
            assert id not in self._checks, f"two checks {id}"
            purpose = " ".join((getdoc(run) or "").split())
            self._checks[id] = Check(
                id, title, purpose, reference, run, fault, dangerous, alone, profile, needs
            )
            return run

        return register

    def __iter__(self) -> Iterator[Check[StageT]]:
        return iter(self._checks.values())

    def __len__(self) -> int:
        return len(self._checks)

    def __getitem__(self, id: str) -> Check[StageT]:
        return self._checks[id]

    def __contains__(self, id: object) -> bool:
        return id in self._checks

    def select(
        self, patterns: Sequence[str] = (), *, dangerous: bool = False
    ) -> list[Check[StageT]]:
        """Those that the patterns (ids, globs, commas between) name; all but the dangerous ones
        without. Raises: UnknownCheck for a pattern that names none."""
        wanted = [one.strip() for text in patterns for one in text.split(",") if one.strip()]
        for pattern in wanted:
            if not any(fnmatchcase(id, pattern) for id in self._checks):
                raise UnknownCheck(self._unknown(pattern))
        chosen = [
            check
            for check in self
            if not wanted or any(fnmatchcase(check.id, pattern) for pattern in wanted)
        ]
        return [check for check in chosen if dangerous or not check.dangerous]

    def _unknown(self, pattern: str) -> str:
        close = get_close_matches(pattern, list(self._checks), 1)
        hint = f"did you mean {close[0]}?" if close else "--list shows them"
        return f"no check of {self.name} is {pattern[:60]!r}; {hint}"
