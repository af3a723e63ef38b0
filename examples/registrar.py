"""A registrar for one domain, which tells who comes and goes.

    seastool appserver --app examples/registrar.py:Registrar

REGISTER changes the bindings of a user (RFC 3261 section 10.3); any other request for a user
goes to where he is, at several places at once if he is at several, the most wanted first.
"""

from seastool.app import Request
from seastool.app.behaviours import Limits, Register
from seastool.app.behaviours.contacts import user_of
from seastool.sip.address_value import uri_of

DOMAIN = "example.com"


class Registrar(Register):
    """Knows the users of one domain; 404 for those of others."""

    def __init__(self) -> None:
        super().__init__(Limits(shortest=30, longest=3600, usual=600, bindings=4))

    def do_register(self, request: Request) -> None:
        """As RFC 3261 wants it, for users of the domain."""
        user = user_of(uri_of(request.to))
        if not user.endswith(f"@{DOMAIN}"):
            request.create_response(404).send()
            return
        before = len(self.bindings.of(user, self.context.now))
        super().do_register(request)
        after = len(self.bindings.of(user, self.context.now))
        if after != before:
            self.context.log(f"{user} is at {after} places")
