"""What of a call was not as recorded, told as it is found."""

from __future__ import annotations

from collections.abc import Callable

from seastool.replay.comparing import Level, compare
from seastool.replay.messages import RecordedCall
from seastool.replay.playing.matching import TRYING
from seastool.replay.playing.plan import Part
from seastool.replay.result import MessageDifference


class Report:
    """tell: takes each difference. is_one_sided: nothing that the other side sent was recorded,
    so that nothing is unexpected. compared: messages that came where one was expected."""

    def __init__(
        self,
        call: RecordedCall,
        level: Level,
        tell: Callable[[MessageDifference], None],
        *,
        is_one_sided: bool = False,
    ) -> None:
        self._is_one_sided = is_one_sided
        self.compared = 0
        self._call_id = call.call_id.decode("utf-8", "backslashreplace")
        self._level = level
        self._tell = tell

    def came(self, part: Part, got: bytes) -> None:
        """A message where one was expected."""
        self.compared += 1
        if found := compare(part.data, got, self._level):
            self._tell(
                MessageDifference(
                    self._call_id, part.step, part.number, "different", found, part.data, got
                )
            )

    def missing(self, part: Part) -> None:
        """A message that did not come; a 100 says little, and is missed at other levels only."""
        if part.status == TRYING and self._level == "status":
            return
        self._tell(
            MessageDifference(self._call_id, part.step, part.number, "missing", [], part.data)
        )

    def unexpected(self, step: int, status: int, got: bytes) -> None:
        """A message that nothing waits for. status: 0 of a request."""
        if self._is_one_sided or (status == TRYING and self._level == "status"):
            return
        self._tell(MessageDifference(self._call_id, step, 0, "unexpected", [], b"", got))
