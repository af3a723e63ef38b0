"""Requests that wait for their responses: a table with a bound, the oldest goes first."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Pending(Generic[T]):
    """By key, in the order of coming. on_drop: told what goes because there are too many."""

    __slots__ = ("_by_key", "_most", "_on_drop")

    def __init__(self, most: int, on_drop: Callable[[T], None]) -> None:
        self._by_key: dict[Hashable, T] = {}
        self._most = most
        self._on_drop = on_drop

    def put(self, key: Hashable, value: T) -> None:
        """Remember it; what has the same key is forgotten."""
        self._by_key.pop(key, None)
        if len(self._by_key) >= self._most:
            oldest = next(iter(self._by_key))
            self._on_drop(self._by_key.pop(oldest))
        self._by_key[key] = value

    def get(self, key: Hashable) -> T | None:
        """What waits there."""
        return self._by_key.get(key)

    def pop(self, key: Hashable) -> T | None:
        """The same, and it waits no longer."""
        return self._by_key.pop(key, None)

    def __iter__(self) -> Iterator[T]:
        return iter(self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)
