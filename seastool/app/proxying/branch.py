"""One branch of a proxied request: a request of ours with the caller's Call-ID, tags and body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from seastool.app.application import Handled
from seastool.app.response import Response
from seastool.errors import SeasError

if TYPE_CHECKING:
    from seastool.app.request import Request
    from seastool.app.timers import Timer

_REQUEST_TIMEOUT = 408
_SERVER_ERROR = 500


class BranchOwner(Protocol):
    """Who hears of a branch."""

    def provisional(self, branch: Branch, response: Response) -> None:
        """A 1xx came, not 100."""

    def finished(self, branch: Branch, response: Response) -> None:
        """It is over: a final response came, or time ran out."""

    def came_late(self, branch: Branch, response: Response) -> None:
        """A 2xx came to a branch that was over."""


class Branch:
    """One place that a proxied request goes to.

    uri: of that place. request: what was sent there; None where it could not be.
    response: the last that came. is_over: it has its final response, or was given up.
    """

    __slots__ = ("_owner", "_timer", "is_over", "request", "response", "uri")

    def __init__(self, uri: str, owner: BranchOwner) -> None:
        self.uri = uri
        self.is_over = False
        self.request: Request | None = None
        self.response: Response | None = None
        self._owner = owner
        self._timer: Timer | None = None

    def send(self, copy: Request, timeout: float | None) -> None:
        """Send the request there. timeout: seconds until the branch is given up.

        Raises: SeasError if the proxy would not take it.
        """
        self.request = copy
        copy.send(self._came)
        if timeout is not None:
            container = copy.container
            self._timer = container.set_timer(container.now + timeout, _time_out, self)

    def fail(self, original: Request, error: SeasError) -> None:
        """It cannot be sent there."""
        container = original.container
        container.notes.once(
            f"branch {type(error).__name__}",
            f"{original.method} could not be sent on to {self.uri}: {error}; told once",
        )
        self._finish(Response(original, _SERVER_ERROR, None, is_local=True))

    def cancel(self) -> None:
        """Send a CANCEL, if it is an INVITE that waits for its final response."""
        request = self.request
        if request is not None and request.method == "INVITE" and request.client is not None:
            request.create_cancel().send()

    def give_up(self) -> None:
        """Wait no longer: it ends with a 408 of our own."""
        if self.request is not None and not self.is_over:
            self.cancel()
            self._finish(Response(self.request, _REQUEST_TIMEOUT, None, is_local=True))

    def _came(self, response: Response) -> Handled:
        if response.is_provisional:
            if not self.is_over and response.status > 100:
                self.response = response
                self._owner.provisional(self, response)
        elif not self.is_over:
            self._finish(response)
        elif response.is_success:
            self.response = response
            self._owner.came_late(self, response)
        return None

    def _finish(self, response: Response) -> None:
        self.is_over = True
        self.response = response
        if self._timer is not None:
            self._timer.cancel()
        self._owner.finished(self, response)


def _time_out(branch: Branch) -> None:
    assert branch.request is not None
    branch.request.container.run(branch.give_up)
