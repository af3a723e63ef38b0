"""A stateful proxy: one request to one or more places, the best response back (RFC 3261 16)."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final

from seastool.app.application import Handled
from seastool.app.extensions import refuse_extensions
from seastool.app.headers import canonical
from seastool.app.proxying.branch import Branch
from seastool.app.proxying.choice import best_of, other_challenges
from seastool.app.proxying.copies import (
    copy_of,
    fields_of,
    same_headers,
    send_ack,
    send_upstream,
    shift_of,
)
from seastool.app.proxying.dialog import ProxiedDialog, ProxiedDialogs
from seastool.app.proxying.late import release, send_stateless
from seastool.app.proxying.routes import Routing, record_route, routing_of
from seastool.app.proxying.targets import MOST_BRANCHES, Target, groups_of, redirected
from seastool.errors import LocalProtocolError, SeasError

if TYPE_CHECKING:
    from seastool.app.request import Request
    from seastool.app.response import Response

_FIRST_FAILURE: Final = 300
_GLOBAL: Final = 600
_UNAVAILABLE: Final = 503
_SERVER_ERROR: Final = 500
_CHALLENGES: Final = ("WWW-Authenticate", "Proxy-Authenticate")


class Proxy:
    """A request on its way; made by `Request.proxy`.

    request: the caller's. branches: the places it went to so far. response: the final one that
    was passed on to the caller; None before, and where a CANCEL of his came first.
    """

    __slots__ = (
        "_aliases",
        "_dialog",
        "_dialogs",
        "_finals",
        "_is_recursive",
        "_is_stopped",
        "_record_route",
        "_routes",
        "_shift",
        "_timeout",
        "_waiting",
        "branches",
        "request",
        "response",
    )

    def __init__(
        self,
        request: Request,
        *,
        timeout: float | None = None,
        record_route: bool = False,
        recurse: bool = False,
        aliases: Collection[str] = (),
        dialog: ProxiedDialog | None = None,
    ) -> None:
        """dialog: the one that a later request belongs to."""
        self.request = request
        self.branches: list[Branch] = []
        self.response: Response | None = None
        self._timeout = timeout
        self._record_route = record_route
        self._is_recursive = recurse
        self._aliases = aliases
        self._dialog = dialog
        self._dialogs = ProxiedDialogs(request, self._forward_inside)
        self._waiting: deque[list[str]] = deque()
        self._finals: list[Response] = []
        self._is_stopped = False
        self._routes: tuple[str, ...] = ()
        self._shift = 0 if dialog is None else dialog.shift_of(request)

    @property
    def is_over(self) -> bool:
        """Whether the caller has the final response and no branch waits for one."""
        return self._is_answered and self._is_quiet

    @property
    def _is_answered(self) -> bool:
        return self.request.server is None or self.request.server.is_final

    @property
    def _is_quiet(self) -> bool:
        return all(branch.is_over for branch in self.branches)

    def cancel(self) -> None:
        """End it: the branches that wait get a CANCEL, and no further place is tried. The caller
        gets the best response once they all have theirs (487, as a rule)."""
        self._is_stopped = True
        self._waiting.clear()
        for branch in self.branches:
            if not branch.is_over:
                branch.cancel()

    # How it goes out.

    def start(self, targets: Sequence[Target], *, parallel: bool) -> None:
        """Send it to its first places. `Request.proxy` does it."""
        request = self.request
        routing = routing_of(request, self._aliases)
        self._routes = routing.routes
        groups = groups_of(targets or (routing.uri,), parallel=parallel)
        if request.method == "ACK":
            send_ack(request, Routing(groups[0][0], self._routes), self._shift)
        elif self._may_go_on():
            assert request.server is not None
            request.server.on_ack = self._ack
            request.server.on_cancel = self._cancelled
            self._waiting.extend(groups)
            self._go_on()

    def _may_go_on(self) -> bool:
        """Whether the request may be sent on (RFC 3261 section 16.3); it is answered if not."""
        request, server = self.request, self.request.server
        if server is None:
            raise LocalProtocolError(f"{request.method} {request.uri} was made here: send it")
        if request.method == "CANCEL":
            return False  # its INVITE is cancelled wherever that went
        if server.is_final and not server.is_cancelled:
            raise LocalProtocolError(
                f"{request.method} {request.uri} cannot be proxied: {server.status} was sent"
            )
        forwards = (request.header("Max-Forwards") or "").strip()
        if forwards and not forwards.strip("0"):
            request.create_response(483).send()
        else:
            refuse_extensions(request, "Proxy-Require")
        return not server.is_final

    def _go_on(self) -> None:
        """Try the next places until a branch waits; with none left the best response goes up."""
        while self._waiting and self._is_quiet:
            self._try(self._waiting.popleft())
        if self._is_quiet and not self._is_answered:
            self._answer(best_of(self._finals))

    def _try(self, uris: list[str]) -> None:
        """Send it to several places at once."""
        branches = [Branch(uri, self) for uri in uris]
        self.branches += branches  # all of them first: one may fail at once
        for branch in branches:
            self._send(branch)

    def _send(self, branch: Branch) -> None:
        request = self.request
        route = record_route(request) if self._record_route and request.is_initial else ""
        routing = Routing(branch.uri, self._routes)
        try:
            copy = copy_of(request, routing, shift=self._shift, record_route=route)
            if request.is_initial:
                self._shift = shift_of(request, copy)
            branch.send(copy, self._timeout)
        except SeasError as error:
            branch.fail(request, error)

    # What comes back.

    def provisional(self, branch: Branch, response: Response) -> None:
        """Passes a 1xx on."""
        if self._is_answered or self._is_stopped:
            return
        self._dialogs.note(response, self._shift)
        status, reason = response.status, response.reason
        send_upstream(self.request, response, fields_of(response), status=status, reason=reason)

    def finished(self, branch: Branch, response: Response) -> None:
        """A branch is over: passes a 2xx on; else tries further places, or answers."""
        if response.is_success:
            self.came_late(branch, response)
            return
        if not (response.is_redirect and self._redirected(response)):
            self._finals.append(response)
        if response.status >= _GLOBAL:
            self.cancel()
        if self._is_quiet:
            self._go_on()

    def came_late(self, branch: Branch, response: Response) -> None:
        """A 2xx, also of a branch that was given up: it counts as long as the caller waits."""
        if self._is_answered:
            self._late_success(response)
            return
        self._dialogs.note(response, self._shift)
        self._answer(response)
        self.cancel()

    def _late_success(self, response: Response) -> None:
        """The caller has a final response. Behind a 2xx another goes to him past his
        transaction; behind a failure he would not take the call, so it is ended."""
        request = self.request
        assert request.server is not None
        if request.method != "INVITE":
            return
        if request.server.status >= _FIRST_FAILURE or not request.is_initial:
            release(request, response)
            return
        self._dialogs.note(response, self._shift)
        if dialog := self._dialogs.get(response):
            send_stateless(request, response, fields_of(response), dialog.near)

    def _redirected(self, response: Response) -> bool:
        """Go on where a redirection says; False if it names no further place."""
        if not self._is_recursive or self._is_stopped:
            return False
        tried = {branch.uri for branch in self.branches}
        tried.update(uri for group in self._waiting for uri in group)
        uris = redirected(response, tried)[: max(0, MOST_BRANCHES - len(tried))]
        if uris:
            self._try(uris)
        return bool(uris)

    def _answer(self, response: Response) -> None:
        """Pass a final response on."""
        request = self.request
        fields = fields_of(response)
        fields += same_headers(other_challenges(response, self._finals), _CHALLENGES)
        status, reason = response.status, response.reason or None
        if status == _UNAVAILABLE:  # one place, not all of them (RFC 3261 section 16.7, step 6)
            status, reason = _SERVER_ERROR, None
            fields = [field for field in fields if canonical(field[0]) != "retry-after"]
        self.response = send_upstream(request, response, fields, status=status, reason=reason)
        if self.response is None:
            self.response = request.create_response(_SERVER_ERROR)
            self.response.send()
        if self._dialog is None:
            self._dialogs.decide(response)
        elif request.ends_dialog:
            self._dialog.end()

    # What comes later.

    def _forward_inside(self, request: Request, dialog: ProxiedDialog) -> None:
        """A later request of a dialog goes on to where it wants."""
        inside = Proxy(request, timeout=self._timeout, aliases=self._aliases, dialog=dialog)
        inside.start((), parallel=True)

    def _ack(self, ack: Request) -> Handled:
        """The caller's ACK of a 2xx goes to the callee."""
        send_ack(ack, routing_of(ack, self._aliases), self._shift)
        return None

    def _cancelled(self, cancel: Request) -> Handled:
        """The caller's CANCEL; the container has answered it, and the INVITE."""
        self.cancel()
        if self.request.is_cancelled:
            self._dialogs.end()
        return None
