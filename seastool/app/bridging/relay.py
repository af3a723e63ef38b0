"""One request that goes to the other leg, and its responses back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from seastool.app.application import Handled
from seastool.app.bridging.copied import copied_headers
from seastool.errors import SeasError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from seastool.app.request import Request
    from seastool.app.response import Response
    from seastool.app.timers import Timer

Fields = list[tuple[str, str]]
_TRYING: Final = 100
_SERVER_ERROR: Final = 500


class RelayOwner(Protocol):
    """Who hears of a relayed request."""

    def heard(self, relay: Relay, response: Response) -> None:
        """A 1xx or 2xx is about to be passed back."""

    def refused(self, relay: Relay, response: Response) -> None:
        """A failure was passed back."""

    def cancelled(self, relay: Relay) -> None:
        """Whoever sent it has taken it back."""

    def never_acked(self, relay: Relay) -> None:
        """The ACK that was to bring the answer has not come."""


class Relay:
    """A request of one leg, sent in the other.

    request: that came in. sent: what was sent for it; None where it could not be.
    owner: who hears of it.
    """

    __slots__ = ("_copied", "_late", "_timer", "owner", "request", "sent")

    def __init__(
        self, request: Request, copied: Collection[str], owner: RelayOwner | None = None
    ) -> None:
        self.request = request
        self.sent: Request | None = None
        self.owner = owner
        self._copied = copied
        self._late: Response | None = None
        self._timer: Timer | None = None

    def send(self, make: Callable[[Fields], Request], more: Fields) -> bool:
        """Send what `make` makes of the copied headers and those that are added.

        Where the proxy takes no request as long, those added go alone. False, and 500 to who
        asked, if that does not help.
        """
        copied = copied_headers(self.request, self._copied)
        problem: SeasError | None = None
        for fields in (copied + more, more):
            try:
                sent = make(fields)
                sent.send(self._came)
            except SeasError as error:
                problem = error
                continue
            self.sent = sent
            self._listen()
            return True
        container = self.request.container
        container.notes.once(
            "not relayed",
            f"{self.request.method} could not be sent to the other leg: {problem}; told once",
        )
        self._answer(_SERVER_ERROR)
        return False

    def _listen(self) -> None:
        if (server := self.request.server) is not None and self.request.method == "INVITE":
            server.on_ack = self.acked
            server.on_cancel = self._cancelled

    def cancel(self) -> None:
        """Send a CANCEL, if it is an INVITE that waits for its final response."""
        if self.sent is not None and self.sent.method == "INVITE" and self.sent.client is not None:
            self.sent.create_cancel().send()

    @property
    def is_answered(self) -> bool:
        """Whether whoever sent it has a final response."""
        return self.request.server is None or self.request.server.is_final

    def acked(self, ack: Request) -> Handled:
        """The ACK of its 2xx; with an answer in it if the 2xx brought an offer."""
        self.send_ack(ack.body, ack.content_type)
        return None

    def send_ack(self, body: bytes = b"", content_type: str | None = None) -> None:
        """Send the ACK that waited for that of the other leg, if any does."""
        late, self._late = self._late, None
        if self._timer is not None:
            self._timer.cancel()
        if late is not None:
            kind = content_type if body else None
            late.create_ack(body=body or None, content_type=kind).send()

    def _cancelled(self, cancel: Request) -> Handled:
        """A CANCEL; the container has answered it, and the INVITE."""
        self.cancel()
        if self.owner is not None:
            self.owner.cancelled(self)
        return None

    def _came(self, response: Response) -> Handled:
        if response.is_redirect or response.is_error:
            if not self.is_answered:
                self._pass(response)
            if self.owner is not None:
                self.owner.refused(self, response)
        elif response.is_success and self.request.method == "INVITE":
            self._succeeded(response)
        elif response.status > _TRYING and not self.is_answered:
            self._heard(response)
            self._pass(response)
        return None

    def _heard(self, response: Response) -> None:
        if self.owner is not None:
            self.owner.heard(self, response)

    def _succeeded(self, response: Response) -> None:
        """An INVITE was answered. Where the answer has come already, or whoever asked gave up,
        the dialog is ended at once."""
        assert self.sent is not None
        if self.is_answered:
            response.create_ack().send()
            if self.request.is_initial:
                response.session.create_request("BYE").send(ignore)
            return
        self._heard(response)
        if self.sent.body:
            response.create_ack().send()
        else:  # its offer is answered by the ACK of the other leg
            self._late = response
            container = self.request.container
            at = container.now + container.settings.transaction_time
            self._timer = container.set_timer(at, _no_ack, self)
        if not self._pass(response):
            _no_ack(self)

    def give_up(self) -> None:
        """No ACK has come."""
        self.send_ack()
        if self.owner is not None:
            self.owner.never_acked(self)

    def _pass(self, response: Response) -> bool:
        """Pass a response back: with the copied headers, or without where it is too long."""
        kind = response.content_type if response.body else None
        problem: SeasError | None = None
        for fields in (copied_headers(response, self._copied), []):
            try:
                self.request.create_response(
                    response.status,
                    response.reason or None,
                    body=response.body,
                    content_type=kind,
                    headers=fields,
                ).send()
            except SeasError as error:
                problem = error
            else:
                return True
        self.request.container.notes.once(
            "response not relayed",
            f"a {response.status} was not passed to the other leg: {problem}; told once",
        )
        if response.is_final:
            self._answer(_SERVER_ERROR)
        return False

    def _answer(self, status: int) -> None:
        if not self.is_answered:
            self.request.create_response(status).send()


def _no_ack(relay: Relay) -> None:
    relay.request.container.run(relay.give_up)


def ignore(response: Response) -> Handled:
    """Whatever it says."""
    return None
