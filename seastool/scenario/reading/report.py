"""Collects what is wrong while a scenario is compiled, each with its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from seastool.render.filters import FilterError
from seastool.scenario.errors import BadText, Mistake, Place, ScenarioError
from seastool.scenario.reading.document import Document, Path

P = ParamSpec("P")
T = TypeVar("T")


class Report:
    """The mistakes of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.mistakes: list[Mistake] = []

    def place(self, path: Path) -> Place:
        """Where a value stands."""
        return self.document.node(path).place

    def tell(self, path: Path, message: str, *, key: bool = False) -> None:
        """Note what is wrong with a value, or with the last key of the path."""
        place = self.document.key_place(path) if key else self.place(path)
        self.mistakes.append(Mistake(place, message))

    @contextmanager
    def within(self, path: Path, *, key: bool = False) -> Iterator[None]:
        """What goes wrong inside with the text at `path`, or with its key, is noted."""
        try:
            yield
        except (BadText, FilterError) as error:
            message = error.reason if isinstance(error, FilterError) else str(error)
            if key:
                self.tell(path, message, key=True)
            else:
                place = self.document.text_place(path, error.offset)
                self.mistakes.append(Mistake(place, message))

    def attempt(
        self, path: Path, make: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """What `make` gives; None where it goes wrong with the text at `path`, which is noted."""
        with self.within(path):
            return make(*args, **kwargs)
        return None

    def close(self) -> None:
        """Raises: ScenarioError if anything is wrong."""
        if self.mistakes:
            raise ScenarioError(self.document.name, self.mistakes)
