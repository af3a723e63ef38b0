"""`register`: keeps where users are, and sends requests for them there."""

from __future__ import annotations

from seastool.app.application import Application, Handled
from seastool.app.behaviours.answer import METHODS
from seastool.app.behaviours.bindings import (
    TOO_BRIEF,
    Bindings,
    Limits,
    Refused,
    Registration,
    groups_by_q,
)
from seastool.app.behaviours.contacts import contacts_of, seconds_of, user_of
from seastool.app.extensions import refuse_extensions
from seastool.app.request import Request
from seastool.sip.address_value import uri_of


class Register(Application):
    """An in-memory registrar, and a proxy for the users that registered."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.bindings = Bindings(limits)

    def do_request(self, request: Request) -> Handled:
        """A REGISTER changes bindings; any other request goes to those of its user."""
        if request.method == "REGISTER":
            return self.do_register(request)
        if request.method == "CANCEL":
            return None
        if not request.is_initial:
            request.proxy(record_route=True)
            return None
        groups = groups_by_q(self.bindings.of(user_of(request.uri), request.container.now))
        if groups:
            request.proxy(*groups, parallel=False, record_route=True)
        elif request.method == "OPTIONS":
            request.create_response(200, headers=[("Allow", METHODS)]).send()
        elif request.method != "ACK":
            request.create_response(480).send()
        return None

    def do_register(self, request: Request) -> Handled:
        """RFC 3261 section 10.3: 200 with all bindings, or why not."""
        if refuse_extensions(request, "Require"):
            return None
        now = request.container.now
        try:
            bindings = self.bindings.register(
                user_of(uri_of(request.to)),
                Registration(
                    contacts_of(request.headers.get_all("Contact")),
                    seconds_of(request.header("Expires")),
                    request.call_id,
                    request.cseq,
                ),
                now,
            )
        except Refused as refusal:
            self._refuse(request, refusal)
            return None
        contacts = [("Contact", binding.header(now)) for binding in bindings]
        request.create_response(200, headers=contacts).send()
        return None

    def _refuse(self, request: Request, refusal: Refused) -> None:
        headers = []
        if refusal.status == TOO_BRIEF:
            headers.append(("Min-Expires", str(self.bindings.limits.shortest)))
        request.create_response(refusal.status, refusal.reason, headers=headers).send()
