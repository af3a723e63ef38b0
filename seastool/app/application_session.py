"""What belongs together: the dialogs of one service, its attributes and its timers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from seastool.app.session import SessionState
from seastool.app.timers import Timer
from seastool.errors import LocalProtocolError

if TYPE_CHECKING:
    from seastool.app.application import Handled
    from seastool.app.container import Container
    from seastool.app.session import Session


class SessionTimer:
    """A timer of an application session; `cancel` it as often as you like."""

    __slots__ = ("_callback", "_session", "_timer", "repeat", "seconds")

    def __init__(
        self,
        session: ApplicationSession,
        seconds: float,
        callback: Callable[[], Handled],
        repeat: bool,
    ) -> None:
        self._session = session
        self._callback = callback
        self.seconds = seconds
        self.repeat = repeat
        self._timer = self._set()

    def _set(self) -> Timer:
        container = self._session.container
        return container.set_timer(container.now + self.seconds, SessionTimer.fire, self)

    def fire(self) -> None:
        if self.repeat:
            self._timer = self._set()
        self._session.last_used = self._session.container.now
        self._session.container.calls.run(self._callback)
        if not self._timer.is_set:
            self._session.timer_over(self)

    @property
    def is_set(self) -> bool:
        """Whether it is still to come."""
        return self._timer.is_set

    def cancel(self) -> None:
        """Let it not happen (again)."""
        self._timer.cancel()
        self._session.timer_over(self)


class ApplicationSession:
    """The dialogs of one service, its attributes and its timers.

    It ends when it is invalidated, when it is `expires` seconds old and nothing happened in
    that time, or when its last dialog has ended and no timer is set (one that the application
    made itself ends by the first two only). A confirmed dialog keeps it alive, for as long as
    the settings let a dialog be silent.
    """

    __slots__ = (
        "_expires",
        "_expiry",
        "_kept",
        "_sessions",
        "_timers",
        "attributes",
        "container",
        "id",
        "is_valid",
        "last_used",
    )

    def __init__(self, container: Container, id: str, *, kept: bool = False) -> None:
        self.container = container
        self.id = id
        self.attributes: dict[str, Any] = {}
        self.is_valid = True
        self.last_used = container.now
        self._kept = kept
        self._sessions: dict[int, Session] = {}
        self._timers: dict[int, SessionTimer] = {}
        self._expires = container.settings.session_time
        self._expiry: Timer | None = None
        self._arm(self.last_used)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Its dialogs that have not ended."""
        return tuple(self._sessions.values())

    @property
    def timers(self) -> tuple[SessionTimer, ...]:
        """Its timers that are still to come."""
        return tuple(self._timers.values())

    @property
    def expires(self) -> float:
        """Seconds of silence after which it ends; 0 never. Setting it counts from now."""
        return self._expires

    @expires.setter
    def expires(self, seconds: float) -> None:
        self._expires = seconds
        self.last_used = self.container.now
        self._arm(self.last_used)

    def set_timer(
        self, seconds: float, callback: Callable[[], Handled], *, repeat: bool = False
    ) -> SessionTimer:
        """Call `callback()` after that time, and again each time if `repeat`.

        The callback may be a coroutine function. Raises: LocalProtocolError if the session has
        ended, or the container has all the timers that its settings allow.
        """
        if not self.is_valid:
            raise LocalProtocolError(f"application session {self.id} has ended: no timer")
        if repeat and seconds <= 0:
            raise LocalProtocolError(f"a timer cannot repeat every {seconds:g} s")
        self.container.check_timers()
        timer = SessionTimer(self, max(0.0, seconds), callback, repeat)
        self._timers[id(timer)] = timer
        return timer

    def invalidate(self) -> None:
        """End it: its dialogs are forgotten without a BYE, its timers cancelled."""
        if not self.is_valid:
            return
        self.is_valid = False
        if self._expiry is not None:
            self._expiry.cancel()
        for timer in self.timers:
            timer.cancel()
        for session in self.sessions:
            session.invalidate()
        self.container.sessions.application_session_over(self)

    def add(self, session: Session) -> None:
        """Take a dialog in."""
        self._sessions[id(session)] = session

    def remove(self, session: Session) -> None:
        """A dialog has ended."""
        self._sessions.pop(id(session), None)
        self._end_if_done()

    def timer_over(self, timer: SessionTimer) -> None:
        """A timer will not come again."""
        self._timers.pop(id(timer), None)
        self._end_if_done()

    def _end_if_done(self) -> None:
        if self.is_valid and not (self._kept or self._sessions or self._timers):
            self.invalidate()

    def _arm(self, since: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None
        if self._expires > 0:
            at = since + self._expires
            self._expiry = self.container.set_timer(at, ApplicationSession._look, self)

    def _look(self) -> None:
        """Is it over? Activity and confirmed dialogs put that off."""
        self._expiry = None
        now = self.container.now
        is_talking = any(s.state is SessionState.CONFIRMED for s in self._sessions.values())
        last = now if is_talking else self.last_used
        if last + self._expires > now:
            self._arm(last)
            return
        self.container.calls.expired(self)
        if self.is_valid and self._expiry is None:
            self.invalidate()
