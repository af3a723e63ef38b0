"""One call of a recording, played against a live peer on asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final

from seastool.render.printable import shown
from seastool.replay.comparing import Difference, compare
from seastool.replay.conversation import Due, Identities, Part, take
from seastool.replay.conversation.parts import start_of
from seastool.replay.fields import SipFields
from seastool.replay.result import MessageDifference, What

if TYPE_CHECKING:
    from seastool.net.replay_seas_play import SeasReplay

_LONGEST_METHOD: Final = 40


class Play:
    """One call. data of the classes that send: requests, ids: what came, by what was recorded.

    passive: the other side begins it. one_sided: nothing of the other side was recorded, so that
    nothing is unexpected. cause: the part of another call that it begins after.
    """

    def __init__(
        self,
        owner: SeasReplay,
        due: Due,
        call_id: bytes,
        parts: list[Part],
        identities: Identities | None = None,
    ) -> None:
        self.owner = owner
        self.due = due
        self.name = shown(call_id)
        self.parts = parts
        self.identities = identities or Identities()
        self.requests: dict[Hashable, Any] = {}
        self.ids: dict[Hashable, Any] = {}
        self.live_keys: set[Hashable] = set()
        self.cause: tuple[Play, Part] | None = None
        self.task: asyncio.Task[None] | None = None
        self.ended = False
        self.likeness = likeness_of(parts[0].text, parts[0].unit) if self.passive else ()
        self.one_sided = all(part.is_ours for part in parts)
        self._at = 0
        self._has_begun = False
        self._changed = asyncio.Event()

    @property
    def passive(self) -> bool:
        """Whether the other side begins it."""
        return not self.parts[0].is_ours

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self.task is None:
            self.owner.result.calls += not self.passive
            self.task = self.owner.spawn(self._run())

    def received(self, key: Hashable, text: bytes) -> Part | None:
        """A message of the other side has come; the part that it is, None if none was recorded."""
        self.owner.result.calls += self.passive and not self._has_begun
        self._has_begun = True
        part, missed = take(self.parts, key, text)
        for one in missed:
            self._tell("missing", one)
        if part is None and self.one_sided:
            return None
        if part is None:
            self._tell("unexpected", self.parts[min(self._at, len(self.parts) - 1)], text)
            return None
        result, level = self.owner.result, self.owner.schedule.playing.level
        result.compared += 1
        if differences := compare(part.text, text, level):
            found = MessageDifference(
                self.name, part.step, part.number, "different", differences, part.text, text
            )
            self.owner.differs(found)
        self._changed.set()
        return part

    async def done(self, part: Part) -> None:
        """Wait for a part of this call, or its end."""
        while not (part.is_done or self.ended):
            await self._change(None)

    async def _run(self) -> None:
        try:
            await self._play()
            await asyncio.sleep(self.owner.schedule.playing.settle)
        finally:
            self.ended = True
            self._changed.set()
            self.owner.ended(self)

    async def _play(self) -> None:
        loop, playing = asyncio.get_running_loop(), self.owner.schedule.playing
        if self.cause is not None:
            await self.cause[0].done(self.cause[1])
        last = loop.time()
        for at, part in enumerate(self.parts):
            self._at = at
            if part.is_ours:
                await asyncio.sleep(max(0.0, last + playing.pause(part.delay) - loop.time()))
                if not self.owner.send(self, part):
                    self.owner.result.unfinished += 1
                    return
                self.owner.result.sent += 1
                part.is_done = True
                self._changed.set()
            elif not part.is_done and not await self._expect(part):
                return
            last = loop.time()

    async def _expect(self, part: Part) -> bool:
        """Wait for a message of the other side; False if the call cannot go on."""
        loop = asyncio.get_running_loop()
        begins = part is self.parts[0]
        end = loop.time() + self.owner.schedule.playing.patience(part.delay)
        while not part.is_done:
            if begins:
                end = max(end, self.owner.latest + self.owner.patience_to_begin)
            left = end - loop.time()
            if left <= 0 or self.owner.is_stopped:
                part.is_done = True
                self._tell("missing", part)
                self.owner.result.unfinished += begins
                return not begins
            await self._change(left)
        return True

    async def _change(self, seconds: float | None) -> None:
        self._changed.clear()
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return

    def _tell(self, what: What, part: Part, text: bytes = b"") -> None:
        number, expected = (part.number, part.text) if what == "missing" else (0, b"")
        self.owner.differs(
            MessageDifference(
                self.name, part.step, number, what, [whole(expected, text)], expected, text
            )
        )


def likeness_of(text: bytes, unit: object) -> tuple[object, ...]:
    """What the first message of a call has in common with the first of another like it."""
    fields = SipFields(text)
    parties = (fields.first(b"from"), fields.first(b"to"))
    uris = (value.partition(b";tag=")[0] for value in parties)
    return type(unit), fields.uri, *uris, fields.call_id


def whole(expected: bytes, got: bytes) -> Difference:
    """The difference between a message and none."""
    return Difference("message", _called(expected), _called(got))


def _called(text: bytes) -> str:
    if not text:
        return "nothing"
    method, status = start_of(text)
    return str(status) if status else shown(method[:_LONGEST_METHOD])
