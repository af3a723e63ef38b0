"""`reject`, `redirect` and `silent`: one response to everything, or none."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.app.application import Application, Handled
from seastool.app.request import Request


class Reject(Application):
    """Answers every request with one status.

    delay: seconds before it does.
    """

    def __init__(
        self,
        status: int,
        reason: str | None = None,
        *,
        headers: Sequence[tuple[str, str]] = (),
        delay: float = 0.0,
    ) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.delay = delay

    def do_request(self, request: Request) -> Handled:
        """The status, at once or later; nothing to ACK and CANCEL."""
        if request.method in ("ACK", "CANCEL"):
            return None
        if self.delay > 0:
            container = request.container
            container.set_timer(container.now + self.delay, _wake, (self, request))
        else:
            self.refuse(request)
        return None

    def refuse(self, request: Request) -> Handled:
        """Send the status, unless a CANCEL came first."""
        if request.server is not None and not request.server.is_final:
            request.create_response(self.status, self.reason, headers=self.headers).send()
        return None


class Redirect(Reject):
    """Answers every request with 302 and the URIs in Contact, the most wanted first."""

    def __init__(self, uris: Sequence[str], *, delay: float = 0.0) -> None:
        contacts = [("Contact", f"<{uri}>{_q(i)}") for i, uri in enumerate(uris)]
        super().__init__(302, headers=contacts, delay=delay)


class Silent(Application):
    """Takes every request and says nothing."""

    def do_request(self, request: Request) -> Handled:
        """Nothing."""
        return None


def _wake(waiting: tuple[Reject, Request]) -> None:
    behaviour, request = waiting
    request.container.call(behaviour.refuse, request)


def _q(i: int) -> str:
    """Falling preferences, so that URIs are tried in the order in which they were given."""
    return "" if i == 0 else f";q={max(0.1, 1 - i / 10):.1f}"
