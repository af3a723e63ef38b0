"""The container: the transaction user of an application server, above the SEAS connection.

Sans-I/O: events in by `receive`, actions out by the `send` it is given, time as a parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from seastool.app.application import Application, Handled
from seastool.app.calls import Calls, Spawn
from seastool.app.client_events import ClientEvents
from seastool.app.client_side import ClientSide
from seastool.app.context import Context
from seastool.app.notes import Notes
from seastool.app.own_address import OwnAddress
from seastool.app.replies import Replies
from seastool.app.request import Request
from seastool.app.request_maker import RequestMaker
from seastool.app.response import Response
from seastool.app.response_stream import Future
from seastool.app.server_side import ServerSide
from seastool.app.sessions import Sessions
from seastool.app.settings import Settings
from seastool.app.statistics import Statistics
from seastool.app.timers import Timer, Timers
from seastool.app.transaction import ClientTransaction
from seastool.app.waiting import WaitingRequests
from seastool.errors import EncodeError, LocalProtocolError, NotConnected, SeasError
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event, Ping, ResIn, SlReqIn, TReqIn
from seastool.seas.handshake import ListeningSocket

T = TypeVar("T")


class Container:
    """Runs one application: gives it what comes in, sends what it answers, keeps transactions,
    dialogs and timers, all bounded.

    Order: events are handled one by one, in the order of `receive`. A handler that is a plain
    function has ended before the next event is looked at. Coroutines are started in that order
    and then run as they wait: two of them may overtake each other, also in one dialog.

    application: what is run. send: takes every action. new_id: gives a string of letters and
    digits that is new each time (tags, Call-IDs, branches). dialect, processor_id: of the
    proxy, and what was bound. name: the application server's. listening: the proxy's SIP
    sockets, from socket info; the first is what Contacts of our own requests name.
    log: takes lines for whoever runs the server. spawn: runs coroutines, for handlers that are
    `async def`. new_future: what such a handler waits on, for `Request.send_and_wait`.
    clock: the time, asked for when something happens outside `receive` and `handle_timer`
    (without it that is the time of the last call). timer_changed: called when `get_timer` has
    come to be earlier outside those two.
    """

    def __init__(
        self,
        application: Application,
        *,
        send: Callable[[Action], object],
        new_id: Callable[[], str],
        dialect: Dialect,
        processor_id: int = 1,
        name: str = "",
        listening: Sequence[ListeningSocket] = (),
        settings: Settings | None = None,
        log: Callable[[str], object] | None = None,
        spawn: Spawn | None = None,
        new_future: Callable[[], Future] | None = None,
        clock: Callable[[], float] | None = None,
        timer_changed: Callable[[], object] | None = None,
    ) -> None:
        self.application = application
        self.send = send
        self.new_id = new_id
        self._dialect = dialect
        self.processor_id = processor_id
        self.name = name
        self.listening = listening
        self.settings = settings or Settings()
        self.new_future = new_future
        self.notes = Notes(log)
        self.calls = Calls(self, spawn)
        self.call, self.run, self.spawn = self.calls.call, self.calls.run, self.calls.spawn
        self.statistics = Statistics()
        self._clock = clock
        self._timer_changed = timer_changed
        self._now = 0.0
        self._is_inside = False
        self._is_started = self.is_closed = False
        self._timers = Timers()
        self.own_address = OwnAddress(dialect, name, self.settings.contact)
        self.sessions = Sessions(self)
        self.replies = Replies(self)
        self.waiting = WaitingRequests(self)
        self.server = ServerSide(self)
        self.maker = RequestMaker(self)
        self.client = ClientSide(self)
        self.client_events = ClientEvents(self)
        self.context = Context(self)
        self.do_request: Callable[[Request], Handled] = application.do_request
        self.do_response: Callable[[Response], Handled] = application.do_response
        self._receivers: dict[type, Callable[[Any], None]] = {
            TReqIn: self.server.receive,
            SlReqIn: self.server.receive_stateless,
            ResIn: self.client_events.receive,
            AcResFail: self.client_events.receive_failure,
        }

    @property
    def dialect(self) -> Dialect:
        """That of the proxy; it may be set again when more is known of it."""
        return self._dialect

    @dialect.setter
    def dialect(self, dialect: Dialect) -> None:
        if dialect is not self._dialect:
            self._dialect = dialect
            self.own_address = OwnAddress(dialect, self.name, self.settings.contact)
            self.server.use(dialect)
            self.replies.use(dialect)

    @property
    def transactions(self) -> Mapping[tuple[int, int], Request]:
        """The requests that wait for an answer, or an INVITE's ACK, by hash index and label."""
        return self.waiting.by_key

    @property
    def client_transactions(self) -> Mapping[int, ClientTransaction]:
        """The requests of ours that wait for a response, by uac id."""
        return self.client.transactions

    @property
    def now(self) -> float:
        """The time in seconds; it never goes back."""
        if self._clock is not None:
            self._now = max(self._now, self._clock())
        return self._now

    def start(self, now: float) -> None:
        """Call the application's `init`, once; the first event does it if nobody did.

        Raises: what `init` raises (where the first event does it, that is told instead).
        """
        self._now = max(self._now, now)
        if not self._is_started:
            self._is_started = True
            self.application.context = self.context
            self._inside(self.application.init, self.context)

    def receive(self, frame: Event | AcResFail, now: float) -> None:
        """Take an event; pings are for whoever holds the connection.

        Nothing that comes in makes it raise, and no handler; only what `send` raises may.
        """
        self._now = max(self._now, now)
        if not self._is_started:
            self.call(self.start, now)
        if self.is_closed:
            return
        self.statistics.events += 1
        self._inside(self._receive, frame)

    def _receive(self, frame: Event | AcResFail) -> None:
        receiver = self._receivers.get(type(frame))
        if receiver is None:
            if not isinstance(frame, Ping):
                self.statistics.unknown_events += 1
            return
        try:
            receiver(frame)
        except NotConnected as error:
            self.note_unsent(error)
        except SeasError as error:
            self.statistics.malformed += 1
            name = type(frame).__name__
            self.notes.once(f"malformed {name}", f"{name} not taken: {error}")

    def get_timer(self) -> float | None:
        """When `handle_timer` is due; None for never."""
        return self._timers.next()

    def handle_timer(self, now: float) -> None:
        """Do what is due."""
        self._now = max(self._now, now)
        self._inside(self._run_due, now)

    def _run_due(self, now: float) -> None:
        count = self._timers.count
        while due := self._timers.pop_due(now, count):
            call, argument = due
            try:
                call(argument)
            except NotConnected as error:
                self.note_unsent(error)

    def _inside(self, call: Callable[..., None], *arguments: Any) -> None:
        """Whoever called looks at `get_timer` afterwards and needs no word of it."""
        before, self._is_inside = self._is_inside, True
        try:
            call(*arguments)
        finally:
            self._is_inside = before

    def close(self, now: float) -> int:
        """End: `destroy` is called, all is forgotten, nothing is sent any more.

        Returns: how many requests are left without a final response.
        """
        if self.is_closed:
            return 0
        self._now = max(self._now, now)
        left = self.waiting.clear()
        self.client.clear()
        if self._is_started:
            self.call(lambda _: self.application.destroy(), None)
        self.is_closed = True
        self.sessions.clear()
        self._timers.cancel_all()
        return left

    def check_open(self) -> None:
        """Raises: LocalProtocolError if it is closed, or not started."""
        if self.is_closed:
            raise LocalProtocolError("the container is closed: nothing is sent any more")
        if not self._is_started:
            raise LocalProtocolError("the container is not started: call start(now) first")

    def check_size(self, size: int) -> None:
        """Raises: EncodeError if the proxy does not take an action of so many bytes."""
        most = self.settings.max_action
        if size > most:
            raise EncodeError(
                f"{size} bytes, the proxy takes {most} and would wait for ever behind it",
                path="action",
            )

    def note_unsent(self, error: NotConnected) -> None:
        """Something was to be sent while no proxy is there."""
        self.statistics.unsent += 1
        self.notes.once("unsent", f"not sent: {error}; told once, counted as unsent")

    def log(self, text: str) -> None:
        """A line for whoever runs the server."""
        self.notes.log(text)

    def set_timer(self, at: float, call: Callable[[T], None], argument: T) -> Timer:
        """Call `call(argument)` at that time."""
        earliest = None if self._is_inside else self._timers.next()
        timer = self._timers.add(at, call, argument)
        is_earlier = earliest is None or at < earliest
        if not self._is_inside and is_earlier and self._timer_changed is not None:
            self._timer_changed()
        return timer

    def check_timers(self) -> None:
        """Raises: LocalProtocolError if there are as many timers as the settings allow."""
        if len(self._timers) >= self.settings.max_timers:
            self.statistics.refused += 1
            raise LocalProtocolError(
                f"{self.settings.max_timers} timers are set: cancel some, or allow more with "
                "Settings(max_timers=...)"
            )
