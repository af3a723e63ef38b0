"""A B2BUA that connects extensions: short numbers become places, callers stay unknown.

    seastool appserver --app examples/switchboard.py:Switchboard

A call to `sip:101@anywhere` goes to the place that the table names for 101, as a call of our
own: with its own Call-ID, tags and CSeq. A caller who wants privacy is told to nobody.
"""

from seastool.app import Request
from seastool.app.b2bua import COPIED, B2bua, Bridge, connect
from seastool.app.behaviours.contacts import user_of

EXTENSIONS = {
    "101": "sip:alice@192.0.2.101",
    "102": "sip:bob@192.0.2.102:5080",
}
ANONYMOUS = '"Anonymous" <sip:anonymous@anonymous.invalid>'
TELLING = {"p-asserted-identity", "p-preferred-identity", "remote-party-id", "call-info"}


class Switchboard(B2bua):
    """Connects extensions; counts the calls that run and those that were."""

    def __init__(self) -> None:
        super().__init__()
        self.running: set[Bridge] = set()
        self.ended = 0

    def route(self, request: Request) -> str | None:
        """The place of an extension; without one the caller gets 404."""
        return EXTENSIONS.get(user_of(request.uri).partition("@")[0])

    def connect(self, request: Request, uri: str) -> Bridge | None:
        """A call of our own to that place; the caller's name only if he does not mind."""
        is_private = "id" in (request.header("Privacy") or "")
        bridge = connect(
            request,
            uri,
            from_=ANONYMOUS if is_private else None,
            to=uri,
            headers=[("X-Extension", user_of(request.uri).partition("@")[0])],
            copied=COPIED - TELLING if is_private else COPIED,
            on_end=self.call_ended,
        )
        if bridge is not None:
            self.running.add(bridge)
        return bridge

    def call_ended(self, bridge: Bridge) -> None:
        """One side hung up, or it never came about."""
        self.running.discard(bridge)
        self.ended += 1
