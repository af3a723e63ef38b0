"""One action, and what comes back: the user of a short-lived application server.

A `OneShot` sends when the connection is there and stops its endpoint when all is said; `outcome`
is how it ended. `OneAction` (one_action.py) sends an action as it is; `OneRequest`
(one_request.py) sends a request and sees it through.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from seastool.app import Application, Container, Request, Settings
from seastool.app.application import Handled
from seastool.errors import SeasError
from seastool.net.app_endpoint import CURRENT, Options
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.connection.layout_probe import PROBE_SECONDS
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcResFail, Action, Event, ResIn
from seastool.seas.message import Message
from seastool.sip.reasons import reason_of

FIRST_FINAL: Final = 200
FIRST_FAILURE: Final = 300
_BUSY: Final = 503
_PROBE_SLACK: Final = 0.2
_UNBOUNDED: Final = 1 << 30  # what a proxy does not take is sent all the same
_NEVER: Final = 1e9  # seconds; time-outs are counted here, not in the container


class Verdict(Enum):
    """How it ended. SENT: nothing can come back."""

    SENT = auto()
    DONE = auto()
    FAILED = auto()
    UNANSWERED = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, and that in a line for people."""

    verdict: Verdict
    text: str


class Endpoint(Protocol):
    """What a one-shot needs of an `AppServerEndpoint`."""

    options: Options
    log: Callable[[str], None]

    def send(self, action: Action) -> None:
        """Send an action."""

    def new_id(self) -> str:
        """16 hexadecimal digits that nobody else has."""

    def set_timer(self) -> None:
        """A timer has come nearer."""

    def stop(self) -> None:
        """All is said."""


class Bystander(Application):
    """Answers what the proxy hands over meanwhile: a name that was bound once still is."""

    refused = 0

    def do_other(self, request: Request) -> Handled:
        """Calls are for the application server whose name this is, not for a one-shot."""
        if not request.is_initial:
            return super().do_other(request)
        self.refused += 1
        request.create_response(_BUSY).send()
        return None


class OneShot:
    """The `User` of an endpoint that sends once. A class of its own says what: `_send`.

    is_over: it has left of its own accord, and not because the connection did.
    before: called with the action right before it goes out. sent_at: when that was, by `clock`
    if there is one (`before` may take its time).
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.outcome: Outcome | None = None
        self.sent_at: float | None = None
        self.is_over = False
        self.before: Callable[[Action], None] = lambda _: None
        self.clock: Callable[[], float] | None = None
        self._endpoint = endpoint
        self._tell = endpoint.log
        self._probing = endpoint.options.probe
        self._uac_id: int | None = None
        self._mended = False
        self._begun = False
        self._due: float | None = None
        self._then: Callable[[float], None] = self._begin
        self._bystander = Bystander()
        self.container = Container(
            self._bystander,
            send=self._out,
            new_id=endpoint.new_id,
            dialect=endpoint.options.dialect or lookup(CURRENT),
            processor_id=endpoint.options.processor_id,
            name=endpoint.options.name,
            settings=Settings(
                max_action=_UNBOUNDED,
                max_headers=_UNBOUNDED,
                response_time=_NEVER,
                answer_time=_NEVER,
            ),
            log=endpoint.log,
            timer_changed=endpoint.set_timer,
        )

    # For the endpoint.

    def start(self, now: float) -> None:
        """See `User`."""
        self.container.start(now)

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """See `User`. Sending waits for the answer to a layout probe."""
        self.container.listening = event.info.sockets
        self.container.dialect = dialect
        if not self._begun:
            self._begun = True
            self._later(now + (PROBE_SECONDS + _PROBE_SLACK) * self._probing, self._begin)

    def learn(self, dialect: Dialect) -> None:
        """See `User`."""
        self.container.dialect = dialect
        if self._begun and self.sent_at is None:
            self._later(0.0, self._begin)

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """See `User`."""
        if isinstance(frame, ResIn | AcResFail):
            self._mend_id(frame)
        self._take(frame, now)

    def get_timer(self) -> float | None:
        """See `User`."""
        times = [t for t in (self._due, self.container.get_timer()) if t is not None]
        return min(times, default=None)

    def handle_timer(self, now: float) -> None:
        """See `User`."""
        self.container.handle_timer(now)
        if self._due is not None and now >= self._due:
            self._due = None
            self._then(now)

    def close(self, now: float) -> int:
        """See `User`."""
        return self.container.close(now)

    def summary(self) -> list[str]:
        """See `User`."""
        count = self._bystander.refused
        if not count:
            return []
        return [f"{count} requests came in meanwhile and got {_BUSY}: the name is bound"]

    # For whoever runs it.

    def interrupt(self, now: float) -> None:
        """End, soon."""
        self._leave(now)

    # For the classes that say what.

    def _take(self, frame: Event | AcResFail, now: float) -> None:
        if isinstance(frame, AcResFail):
            self._failed(frame, now)
            return
        self.container.receive(frame, now)
        if isinstance(frame, ResIn):
            self._responded(frame, now)

    def _mend_id(self, frame: ResIn | AcResFail) -> None:
        """Layout B has the processor id in front, layout A behind the uac id: a proxy that reads
        layout A still sends what came in layout B, and names its first three bytes."""
        own = self._uac_id
        is_guessed = self._endpoint.options.dialect is None
        if not own or not is_guessed or frame.uac_id != own >> 8 or not frame.uac_id:
            return
        frame.uac_id = own
        if not self._mended:
            self._mended = True
            self._tell(
                f"the proxy has read uac id {own >> 8} instead of {own}: it reads layout A, so "
                "name it with --dialect, such as openser-1.3.0"
            )

    def _send(self, now: float) -> None:
        """Send it, by `_out`. Raises: SeasError."""
        raise NotImplementedError

    def _failed(self, frame: AcResFail, now: float) -> None:
        """The proxy says that it could not."""
        raise NotImplementedError

    def _responded(self, frame: ResIn, now: float) -> None:
        """A response has come; the container has seen it."""

    def _begin(self, now: float) -> None:
        self.sent_at = now
        try:
            self._send(now)
        except SeasError as error:
            self._end(Verdict.FAILED, f"not sent: {error}")
            self._leave(now)

    def _announce(self, action: Action) -> None:
        self.before(action)
        if self.clock is not None:
            self.sent_at = self.clock()

    def _out(self, action: Action) -> None:
        self._endpoint.send(action)

    def _later(self, at: float, then: Callable[[float], None]) -> None:
        """Do that at that time, and nothing that was planned before."""
        self._due, self._then = at, then

    def _end(self, verdict: Verdict, text: str) -> None:
        """That is how it ended, whatever follows."""
        if self.outcome is None:
            self.outcome = Outcome(verdict, text)

    def _worsen(self, verdict: Verdict, text: str) -> None:
        """It had ended well, and now this."""
        if self.outcome is None or self.outcome.verdict is Verdict.DONE:
            before = f"{self.outcome.text}; " if self.outcome is not None else ""
            self.outcome = Outcome(verdict, before + text)
        else:
            self._tell(text)

    def _leave(self, now: float) -> None:
        self._due = None
        self.is_over = True
        self._endpoint.stop()

    def _told(self, frame: ResIn) -> str:
        """Status and reason of a response."""
        reason = reason_of(frame.status)
        if frame.payload:
            try:
                reason = Message(frame.payload, self.container.dialect).uri
            except SeasError:
                reason += " (its message does not open)"
        return f"{frame.status} {reason}".rstrip()


def failure_text(frame: AcResFail) -> str:
    """An AC_RES_FAIL in words."""
    reason = frame.reason.decode("utf-8", "backslashreplace").strip("\0 ")
    return f"the proxy refused it: {reason or 'it does not say why'} (AC_RES_FAIL {frame.error})"
