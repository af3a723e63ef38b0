"""The requests that wait for their answer, or an INVITE's answer for its ACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seastool.app.sessions import DIALOG_METHODS

if TYPE_CHECKING:
    from seastool.app.container import Container
    from seastool.app.request import Request
    from seastool.app.transaction import ServerTransaction

Key = tuple[int, int]


class WaitingRequests:
    """Requests by (hash index, label), bounded in number and time."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.by_key: dict[Key, Request] = {}

    def get(self, key: Key | None) -> Request | None:
        """The request of that name; None if there is none (any more)."""
        return self.by_key.get(key) if key is not None else None

    def is_new(self, key: Key) -> bool:
        """False for an event that came before; names come again after a restart of the proxy."""
        known = self.by_key.get(key)
        if known is None or known.server is None:
            return True
        age = self._container.now - known.server.arrived
        if known.server.is_final or age > self._container.settings.hold_time:
            self.forget(known)
            return True
        self._container.statistics.repeated_requests += 1
        return False

    def take(self, request: Request) -> bool:
        """Keep it if there is room; else it is answered with 503."""
        container, settings = self._container, self._container.settings
        full = ""
        if len(self.by_key) >= settings.max_transactions and not self._drop_oldest():
            full = f"{settings.max_transactions} requests wait"
        elif request.is_initial and request.method in DIALOG_METHODS and container.sessions.is_full:
            full = f"{settings.max_sessions} dialogs are alive"
        if full:
            container.statistics.refused += 1
            container.notes.once(full, f"{full}: new ones get 503 (see Settings)")
            request.create_response(503).send()
        elif request.server is not None:
            self.by_key[request.server.key] = request
        return not full

    def _drop_oldest(self) -> bool:
        """Give up the request that waits longest, if the proxy has forgotten it anyway."""
        oldest = next(iter(self.by_key.values()))
        if oldest.server is None:
            return False
        if self._container.now - oldest.server.arrived <= self._container.settings.hold_time:
            return False
        self._give_up(oldest)
        return True

    def watch(self, request: Request, transaction: ServerTransaction) -> None:
        """Give it its time."""
        at = self._container.now + self._container.settings.transaction_time
        transaction.timer = self._container.set_timer(at, self._time_out, request)

    def complete(self, request: Request) -> None:
        """The final response was sent: an INVITE waits for its ACK, others are over."""
        transaction = request.server
        assert transaction is not None
        transaction.stop_timer()
        if request.method == "INVITE" and not transaction.is_stateless:
            if self.by_key.setdefault(transaction.key, request) is request:
                self.watch(request, transaction)
            return
        self.forget(request)
        session = request.known_session
        is_alone = request.is_initial and request.cancelled is None
        if session is not None and is_alone and not session.keys:
            session.invalidate()  # no dialog can come of it any more

    def forget(self, request: Request) -> None:
        """It waits no more."""
        transaction = request.server
        if transaction is None:
            return
        transaction.stop_timer()
        if self.by_key.get(transaction.key) is request:
            del self.by_key[transaction.key]

    def lose(self, request: Request) -> None:
        """Its answer found no proxy to take it: no other comes, nor a dialog of it."""
        transaction, session = request.server, request.known_session
        if transaction is None or transaction.is_final:
            return
        self.forget(request)
        ends = request.ends_dialog or (request.is_initial and request.cancelled is None)
        if session is not None and ends:
            session.invalidate()

    def _time_out(self, request: Request) -> None:
        """It waited too long; but a call that rings may take longer."""
        transaction = request.server
        if transaction is not None and transaction.status and not transaction.is_final:
            until = transaction.arrived + self._container.settings.answer_time
            if request.method == "INVITE" and self._container.now < until:
                self.watch(request, transaction)
                return
        self._give_up(request)

    def _give_up(self, request: Request) -> None:
        self.forget(request)
        if request.server is None or request.server.is_final:
            return
        container = self._container
        container.statistics.unanswered += 1
        container.notes.once(
            "unanswered",
            f"{request.method} {request.uri}: no final response after "
            f"{container.now - request.server.arrived:.0f} s, given up; told once, counted as "
            "unanswered",
        )
        if request.known_session is not None and request.ends_dialog:
            request.known_session.invalidate()

    def clear(self) -> int:
        """Forget all; the number of those without a final response."""
        left = 0
        for request in list(self.by_key.values()):
            left += not (request.server is None or request.server.is_final)
            self.forget(request)
        return left
