"""What an application is: a class whose methods are called with requests and responses.

After SIP Servlet 1.0 (JSR 116). A handler is a plain function, which runs at once, or a
coroutine, which is started in the order of the events and may wait.
"""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from seastool.app.application_session import ApplicationSession
    from seastool.app.context import Context
    from seastool.app.request import Request
    from seastool.app.response import Response

Handled = Coroutine[Any, Any, None] | None
"""What a handler gives: nothing, or a coroutine that is still to run."""

HANDLERS: Final = {
    "INVITE": "do_invite",
    "ACK": "do_ack",
    "BYE": "do_bye",
    "CANCEL": "do_cancel",
    "OPTIONS": "do_options",
    "REGISTER": "do_register",
    "MESSAGE": "do_message",
    "INFO": "do_info",
    "SUBSCRIBE": "do_subscribe",
    "NOTIFY": "do_notify",
    "PRACK": "do_prack",
    "UPDATE": "do_update",
    "REFER": "do_refer",
    "PUBLISH": "do_publish",
}
_ALWAYS: Final = ("ACK", "BYE", "CANCEL")
_RESPONSES: Final = {
    1: "do_provisional_response",
    2: "do_success_response",
    3: "do_redirect_response",
}


class Application:
    """Base of applications; override what you serve.

    context: the container's, there from `init` on.

    A method that is not overridden gives 405 with an Allow of those that are; do_bye gives 200;
    do_ack, do_cancel and the responses do nothing.
    """

    context: Context

    def init(self, context: Context) -> None:
        """Called once, before the first event; `context` is `self.context`."""
        self.context = context

    def destroy(self) -> None:
        """Called once, when the container closes."""

    def do_request(self, request: Request) -> Handled:
        """Every request; calls the method's own handler."""
        name = HANDLERS.get(request.method)
        handler = getattr(self, name) if name else self.do_other
        return handler(request)

    def do_invite(self, request: Request) -> Handled:
        """An INVITE, also one inside a dialog (`request.is_initial` tells)."""
        return self.do_other(request)

    def do_ack(self, request: Request) -> Handled:
        """The ACK of a 2xx; takes no answer."""

    def do_bye(self, request: Request) -> Handled:
        """A BYE."""
        request.create_response(200).send()
        return None

    def do_cancel(self, request: Request) -> Handled:
        """A CANCEL; 200, and 487 to the INVITE unless it has a final response, are sent already."""

    def do_options(self, request: Request) -> Handled:
        """An OPTIONS."""
        return self.do_other(request)

    def do_register(self, request: Request) -> Handled:
        """A REGISTER."""
        return self.do_other(request)

    def do_message(self, request: Request) -> Handled:
        """A MESSAGE."""
        return self.do_other(request)

    def do_info(self, request: Request) -> Handled:
        """An INFO."""
        return self.do_other(request)

    def do_subscribe(self, request: Request) -> Handled:
        """A SUBSCRIBE."""
        return self.do_other(request)

    def do_notify(self, request: Request) -> Handled:
        """A NOTIFY."""
        return self.do_other(request)

    def do_prack(self, request: Request) -> Handled:
        """A PRACK."""
        return self.do_other(request)

    def do_update(self, request: Request) -> Handled:
        """An UPDATE."""
        return self.do_other(request)

    def do_refer(self, request: Request) -> Handled:
        """A REFER."""
        return self.do_other(request)

    def do_publish(self, request: Request) -> Handled:
        """A PUBLISH."""
        return self.do_other(request)

    def do_other(self, request: Request) -> Handled:
        """A method without a handler: 405."""
        allow = [("Allow", ", ".join(allowed(type(self))))]
        request.create_response(405, headers=allow).send()
        return None

    def do_response(self, response: Response) -> Handled:
        """Every response to a request of ours; calls the handler of its class."""
        name = _RESPONSES.get(response.status // 100, "do_error_response")
        return getattr(self, name)(response)  # type: ignore[no-any-return]

    def do_provisional_response(self, response: Response) -> Handled:
        """A 1xx."""

    def do_success_response(self, response: Response) -> Handled:
        """A 2xx; to an INVITE it wants `response.create_ack().send()`."""

    def do_redirect_response(self, response: Response) -> Handled:
        """A 3xx."""

    def do_error_response(self, response: Response) -> Handled:
        """A 4xx, 5xx or 6xx, a time-out (408) and a failure at the proxy (503) among them."""

    def session_expired(self, session: ApplicationSession) -> None:
        """An application session is about to end by its age; set `expires` anew to keep it."""


def allowed(application: type[Application]) -> tuple[str, ...]:
    """The methods that a class of applications serves."""
    return tuple(
        method
        for method, name in HANDLERS.items()
        if method in _ALWAYS or getattr(application, name) is not getattr(Application, name)
    )
