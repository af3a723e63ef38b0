"""Several behaviours, each for its methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from seastool.app.application import Application, Handled
from seastool.app.context import Context
from seastool.app.request import Request
from seastool.app.sessions import DIALOG_METHODS

_BEHAVIOUR: Final = "seastool.behaviour"
_ALWAYS: Final = ("ACK", "BYE", "CANCEL")


class Dispatcher(Application):
    """Gives each request to the behaviour for its method, else to the one for all.

    A later request of a dialog stays with the behaviour that took its first request, unless
    another one names its method. (What `proxy` and `b2bua` took stays with them.)
    """

    def __init__(
        self, by_method: Mapping[str, Application], otherwise: Application | None = None
    ) -> None:
        self.by_method = dict(by_method)
        self.otherwise = otherwise

    def _behaviours(self) -> Iterator[Application]:
        found = {id(one): one for one in self.by_method.values()}
        if self.otherwise is not None:
            found[id(self.otherwise)] = self.otherwise
        yield from found.values()

    def init(self, context: Context) -> None:
        """All behaviours begin."""
        super().init(context)
        for behaviour in self._behaviours():
            behaviour.context = context
            behaviour.init(context)

    def destroy(self) -> None:
        """All behaviours end."""
        for behaviour in self._behaviours():
            behaviour.destroy()

    def do_request(self, request: Request) -> Handled:
        """To the behaviour for it; 405 with Allow where there is none."""
        if request.method in ("ACK", "CANCEL"):
            return None
        behaviour = self.by_method.get(request.method)
        if behaviour is None and not request.is_initial:
            behaviour = request.session.attributes.get(_BEHAVIOUR)
        behaviour = behaviour or self.otherwise
        if behaviour is None:
            return super().do_request(request)
        if request.is_initial and request.method in DIALOG_METHODS:
            request.session.attributes[_BEHAVIOUR] = behaviour
        return behaviour.do_request(request)

    def do_other(self, request: Request) -> Handled:
        """405: no behaviour is for it."""
        methods = {*_ALWAYS, *self.by_method}
        allow = [("Allow", ", ".join(sorted(methods)))]
        request.create_response(405, headers=allow).send()
        return None
