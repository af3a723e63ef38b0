"""`proxy`: sends every request on to one place or more."""

from __future__ import annotations

from collections.abc import Sequence

from seastool.app.application import Application, Handled
from seastool.app.request import Request


class ProxyTo(Application):
    """A stateful proxy to the same URIs for all; it stays on the way of the dialogs."""

    def __init__(self, uris: Sequence[str], *, parallel: bool = True) -> None:
        self.uris = tuple(uris)
        self.parallel = parallel

    def do_request(self, request: Request) -> Handled:
        """On it goes; a later request of a dialog finds its way itself."""
        if request.method == "CANCEL":
            return None
        uris = self.uris if request.is_initial else ()
        request.proxy(*uris, parallel=self.parallel, record_route=True)
        return None
