"""Calls that wait for a frame which may be the first of something: no key of it is known."""

from __future__ import annotations

from collections.abc import Iterator

from seastool.errors import SeasError
from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.matcher import Matcher
from seastool.scenario.matching.routing import LINK_TYPES
from seastool.scenario.operations.expecting import Expect, ExpectNot
from seastool.scenario.texts.call import Call
from seastool.sip import parts as sip_parts


class Waiting:
    """By frame type, the calls that wait for one, in the order in which they began to."""

    def __init__(self) -> None:
        self._calls: dict[str, dict[Call, None]] = {}

    def add(self, call: Call) -> None:
        """The call waits."""
        operation = call.waiting
        if isinstance(operation, Expect | ExpectNot):
            for name in operation.open_types:
                self._calls.setdefault(name, {})[call] = None

    def remove(self, call: Call) -> None:
        """It does not wait any more."""
        operation = call.waiting
        if isinstance(operation, Expect | ExpectNot):
            for name in operation.open_types:
                self._calls[name].pop(call, None)

    def taker(self, incoming: Incoming) -> Call | None:
        """The first call that takes the frame.

        A message inside a dialog that no call knows is nobody's, unless one call alone waits.
        """
        calls = self._calls.get(incoming.type)
        if not calls:
            return None
        if len(calls) > 1 and incoming.type not in LINK_TYPES and _in_dialog(incoming):
            return None
        return next((call for call in calls if _takes(call, incoming)), None)


def _in_dialog(incoming: Incoming) -> bool:
    return bool(sip_parts.tag(incoming.text, "To"))


def _matchers(call: Call) -> Iterator[Matcher]:
    operation = call.waiting
    if isinstance(operation, ExpectNot):
        yield operation.matcher
    elif isinstance(operation, Expect):
        for expect in operation.window:
            yield from expect.matchers


def _takes(call: Call, incoming: Incoming) -> bool:
    try:
        return any(m.matches(incoming, call) for m in _matchers(call))
    except SeasError:
        return False
