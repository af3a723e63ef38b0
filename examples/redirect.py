"""A redirect server: says where somebody is to be called, and lets the caller do it.

seastool appserver --app examples/redirect.py:Directory
"""

from seastool.app import Application, Request
from seastool.app.behaviours.contacts import user_of

PLACES = {
    "sales": ["sip:alice@192.0.2.101", "sip:bob@192.0.2.102"],
    "support": ["sip:support@support.example.com"],
}
MOVED = {"reception": "sip:welcome@example.com"}


class Directory(Application):
    """302 with the places of a name, the first the most wanted; 301 for a name that moved."""

    def do_invite(self, request: Request) -> None:
        """Who is called decides; 404 if nobody knows him."""
        name = user_of(request.uri).partition("@")[0]
        if name in MOVED:
            contacts = [("Contact", f"<{MOVED[name]}>")]
            request.create_response(301, headers=contacts).send()
        elif name in PLACES:
            contacts = [
                ("Contact", f"<{uri}>;q={1 - i / 10:.1f}") for i, uri in enumerate(PLACES[name])
            ]
            request.create_response(302, headers=contacts).send()
        else:
            request.create_response(404).send()

    do_message = do_subscribe = do_invite

    def do_options(self, request: Request) -> None:
        """Whoever asks whether we are there hears that we are."""
        request.create_response(200, headers={"Allow": "INVITE, MESSAGE, SUBSCRIBE"}).send()
