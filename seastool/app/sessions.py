"""The dialogs and application sessions of a container, found by Call-ID and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from seastool.app.application_session import ApplicationSession
from seastool.app.session import Session
from seastool.errors import LocalProtocolError

if TYPE_CHECKING:
    from seastool.app.container import Container

Key = tuple[str, str, str]
DIALOG_METHODS: Final = frozenset({"INVITE", "SUBSCRIBE", "REFER"})
"""The methods whose 1xx and 2xx make a dialog."""


class Sessions:
    """Dialogs by (Call-ID, local tag, remote tag), and application sessions by id.

    A dialog that we began and whose peer's tag is not known yet has an empty remote tag.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._by_key: dict[Key, Session] = {}
        self.application_sessions: dict[str, ApplicationSession] = {}

    def __len__(self) -> int:
        """How many names of dialogs there are."""
        return len(self._by_key)

    @property
    def is_full(self) -> bool:
        """Whether no further dialog is taken."""
        return len(self._by_key) >= self._container.settings.max_sessions

    def find(self, call_id: str, local_tag: str, remote_tag: str) -> Session | None:
        """The dialog of that name; else the one that we began whose peer's tag is open."""
        found = self._by_key.get((call_id, local_tag, remote_tag))
        if found is None:
            found = self._by_key.get((call_id, local_tag, ""))
            if found is not None and found.remote_tag not in ("", remote_tag):
                return None
        return found

    def add(self, session: Session) -> None:
        """Make a dialog findable; it is looked after until it ends or has been silent too long."""
        self.alias(session, session.local_tag, session.remote_tag)
        if session.timer is None:
            self._watch(session)

    def alias(self, session: Session, local_tag: str, remote_tag: str) -> None:
        """One more name of a dialog: a proxy knows both its sides."""
        key = (session.call_id, local_tag, remote_tag)
        if key not in self._by_key:
            session.keys.append(key)
            self._by_key[key] = session

    def remove(self, session: Session) -> None:
        """A dialog is over, or was none."""
        for key in session.keys:
            self._by_key.pop(key, None)
        session.keys.clear()
        if session.timer is not None:
            session.timer.cancel()
            session.timer = None

    def _watch(self, session: Session) -> None:
        at = session.last_used + session.silence
        session.timer = self._container.set_timer(at, self._look, session)

    def _look(self, session: Session) -> None:
        """Was it silent for too long?"""
        session.timer = None
        if session.last_used + session.silence > self._container.now:
            self._watch(session)
            return
        self._container.statistics.expired_sessions += 1
        session.invalidate()

    def new_application_session(self, *, kept: bool = False) -> ApplicationSession:
        """A new application session. Raises: LocalProtocolError if there are too many."""
        container = self._container
        most = container.settings.max_application_sessions
        if len(self.application_sessions) >= most:
            container.statistics.refused += 1
            raise LocalProtocolError(
                f"{most} application sessions are alive: end some with invalidate(), "
                "or allow more with Settings(max_application_sessions=...)"
            )
        made = ApplicationSession(container, container.new_id(), kept=kept)
        self.application_sessions[made.id] = made
        return made

    def application_session_over(self, session: ApplicationSession) -> None:
        """It has ended."""
        self.application_sessions.pop(session.id, None)

    def clear(self) -> None:
        """End all."""
        for application_session in list(self.application_sessions.values()):
            application_session.invalidate()
        for session in list(self._by_key.values()):
            session.invalidate()
