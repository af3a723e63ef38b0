"""Calls of a recording that are played against a live peer, on asyncio; what the peer is, the
classes beside this one know."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Iterator, Sequence
from itertools import islice
from operator import eq
from typing import Any, Final, Self

from seastool.errors import NotConnected, SeasError
from seastool.net.replay_seas_call import Play, likeness_of, whole
from seastool.render.printable import shown
from seastool.replay.conversation import Due, Part, Schedule
from seastool.replay.conversation.parts import start_of
from seastool.replay.result import MessageDifference, ReplayResult

MOST_NOTES: Final = 20
MOST_CANDIDATES: Final = 200  # calls that are looked at for the one that begins

Told = Callable[[MessageDifference], None]
Start = tuple[bytes, int]


class SeasReplay:
    """Plays the calls of a recording as its schedule says.

    on_difference: told of each message that is not as recorded, beyond those that are kept too.
    on_note: told, a line each, what a person should know.
    """

    patience_to_begin = 0.0
    unsent = "packet {} cannot be sent as it is now"

    def __init__(
        self,
        schedule: Schedule,
        *,
        on_difference: Told | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        self.schedule = schedule
        self.result = ReplayResult()
        self.latest = 0.0  # when something has come
        self.is_stopped = False
        self._on_difference = on_difference or (lambda _: None)
        self._on_note = on_note or (lambda _: None)
        self._noted: set[str] = set()
        self._waiting: dict[Start, dict[Play, None]] = {}  # in the order of the recording
        self._open: dict[Hashable, tuple[Play, Hashable]] = {}
        self._playing: set[Play] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: BaseException | None = None
        self._stop = asyncio.Event()
        self._rounds: Iterator[list[Due]] | None = None  # planned from the first message on
        self._planned: deque[tuple[list[Due], dict[int, Play]]] = deque()
        self._beginnings: set[Start] = set()

    # What the classes that know the peer say.

    def spans(self) -> Sequence[tuple[int, int]]:
        """Beginning and end of each recorded call, nanoseconds."""
        raise NotImplementedError

    def make(self, due: Due) -> Play:
        """A call that is to be played."""
        raise NotImplementedError

    def causes(self, which: int) -> tuple[int, int] | None:
        """The call, and the place in it, of the message that a call was begun after."""
        return None

    def put(self, play: Play, part: Part) -> None:
        """Send a recorded message. Raises: SeasError if that cannot be."""
        raise NotImplementedError

    async def ready(self) -> None:
        """Wait for the other side."""
        raise NotImplementedError

    # For whoever replays.

    @property
    def total(self) -> int:
        """How many calls there are to be."""
        return self.schedule.total(len(self.spans()))

    async def open(self) -> None:
        """Listen, or begin to connect. Raises: OSError."""
        raise NotImplementedError

    async def close(self) -> None:
        """Leave."""
        raise NotImplementedError

    async def there(self, seconds: float | None = None) -> bool:
        """Wait for the other side; False if it is not there in that time."""
        try:
            await asyncio.wait_for(self.ready(), seconds)
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def play(self) -> ReplayResult:
        """Play all calls; what came of it."""
        begin = asyncio.ensure_future(self._begin_all())
        stopped = asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait((begin, stopped), return_when=asyncio.FIRST_COMPLETED)
            if begin.done() and not begin.cancelled():
                begin.result()
            while self._tasks and not self.is_stopped:
                await asyncio.wait({*self._tasks, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            begin.cancel()
            stopped.cancel()
            for task in list(self._tasks):
                self.result.unfinished += not task.done()
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._error is not None:
            raise self._error
        return self.result

    def send(self, play: Play, part: Part) -> bool:
        """Send a recorded message; False if that cannot be and the call is over."""
        try:
            self.put(play, part)
        except NotConnected as error:
            self.note(f"{play.name}: {error}")
            return False
        except SeasError as error:
            self.note(f"{play.name}: {self.unsent.format(part.number)}: {error}")
            return False
        return True

    def stop(self) -> None:
        """End it; calls that are not over count as unfinished."""
        self.is_stopped = True
        self._stop.set()

    # For plays.

    def spawn(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run a call."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._error = error
            self.stop()

    def differs(self, difference: MessageDifference) -> None:
        """A message was not as recorded."""
        self.result.add(difference)
        self._on_difference(difference)

    def stray(self, call_id: bytes, text: bytes) -> None:
        """A message has come that belongs to no call of the recording."""
        found = [whole(b"", text)]
        self.differs(MessageDifference(shown(call_id), 0, 0, "unexpected", found, b"", text))

    def ended(self, play: Play) -> None:
        """A call is over: forget what leads to it."""
        self._playing.discard(play)
        self._forget(play)
        for key in play.live_keys:
            self._open.pop(key, None)

    def note(self, text: str) -> None:
        """Tell a person, each text once."""
        if text not in self._noted and len(self._noted) < MOST_NOTES:
            self._noted.add(text)
            self._on_note(text)

    # What leads a message that has come to its call.

    def lead(self, live: Hashable, play: Play, key: Hashable = None) -> None:
        """What comes with this is of that call, and in answer to what was recorded as `key`."""
        self._open[live] = play, key
        play.live_keys.add(live)

    def led(self, live: Hashable) -> tuple[Play, Hashable] | None:
        """The call that something live is of, and what it is in answer to there."""
        return self._open.get(live)

    def begun(self, text: bytes, unit: object) -> Play | None:
        """The call that the other side begins with such a message; it has begun. It is the one
        that is most like it, of equal ones the first."""
        self.latest = asyncio.get_running_loop().time()
        start = start_of(text)
        play = self._next_like(start, likeness_of(text, unit))
        is_early = self._rounds is None or start in self._beginnings
        if play is None and is_early and self._plan_round():
            # The other side is in its next round already, or in the first before `play`.
            play = self._next_like(start, likeness_of(text, unit))
        if play is not None:
            self._forget(play)
            play.start()
        return play

    def _forget(self, play: Play) -> None:
        """That call is not waited for any more."""
        start = play.parts[0].start
        if (alike := self._waiting.get(start)) is not None:
            alike.pop(play, None)
            if not alike:
                del self._waiting[start]

    def _next_like(self, start: Start, likeness: tuple[object, ...]) -> Play | None:
        found = [
            play
            for play in islice(self._waiting.get(start, ()), MOST_CANDIDATES)
            if not play.parts[0].is_done
        ]
        return max(
            found,
            key=lambda play: sum(map(eq, likeness, play.likeness)),
            default=None,
        )

    # Beginnings.

    async def _begin_all(self) -> None:
        loop = asyncio.get_running_loop()
        start = self.latest = loop.time()
        while self._planned or self._plan_round():
            dues, plays = self._planned.popleft()
            if self.schedule.load.rate is None:
                start = loop.time()
            for due in dues:
                await asyncio.sleep(max(0.0, start + due.time - loop.time()))
                if due.which not in plays:
                    plays[due.which] = self._made(due)
                self._link(plays, due.which)
                await self._has_room(plays[due.which])
                plays[due.which].start()
            await self._round_ends(plays)

    def _plan_round(self) -> bool:
        """Wait for the calls of one more round that the other side begins; False if there is no
        further round."""
        if self._rounds is None:
            self._rounds = self.schedule.rounds(self.spans())
        dues = next(self._rounds, None)
        if dues is None:
            return False
        plays: dict[int, Play] = {}
        for due in dues:
            if self.is_passive(due.which):
                play = plays[due.which] = self._made(due)
                self._beginnings.add(play.parts[0].start)
                self._waiting.setdefault(play.parts[0].start, {})[play] = None
        self._planned.append((dues, plays))
        return True

    def is_passive(self, which: int) -> bool:
        """Whether the other side begins that call."""
        return False

    def _made(self, due: Due) -> Play:
        play = self.make(due)
        self._playing.add(play)
        return play

    def _link(self, plays: dict[int, Play], which: int) -> None:
        play = plays[which]
        if play.passive or (cause := self.causes(which)) is None:
            return
        other = plays.get(cause[0])
        if other is not None and not other.ended:
            play.cause = other, other.parts[cause[1]]

    async def _has_room(self, play: Play) -> None:
        """Wait until there are not too many calls at a time; those that the other side begins
        are as many as it likes."""
        most = self.schedule.load.concurrency
        while not play.passive and most is not None:
            active = [one.task for one in self._playing if one.task and not one.passive]
            if len(active) < most:
                return
            await asyncio.wait(active, return_when=asyncio.FIRST_COMPLETED)

    async def _round_ends(self, plays: dict[int, Play]) -> None:
        """A round without a rate begins when the one before is over, and so do the calls that the
        other side begins: they look alike."""
        paced = self.schedule.load.rate is not None
        waited = [play.task for play in plays.values() if play.passive or not paced]
        if tasks := [task for task in waited if task is not None]:
            await asyncio.wait(tasks)
