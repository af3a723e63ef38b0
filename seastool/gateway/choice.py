"""Which application server gets a request: by the rules, and by whose its dialog is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seastool.gateway.routing import Routing
from seastool.gateway.servers import ApplicationServers
from seastool.seas.builder.event import Receive
from seastool.sip.hop import Hop
from seastool.sip.incoming import Incoming, shown

MOST_DIALOGS: Final = 200_000  # whose application server is remembered
_A_CHOICE: Final = 2
_MOST_TOLD: Final = 5  # names in a note


class Choice:
    """Among the application servers that are connected."""

    def __init__(self, servers: ApplicationServers, routing: Routing) -> None:
        self._servers = servers
        self._routing = routing
        self._has_rules = bool(routing.routes)
        self._dialogs: dict[bytes, bytes] = {}  # by Call-ID, if there is a choice
        self._only = b""  # who got all when there was none

    def names(self, request: Incoming, hop: Hop) -> Sequence[bytes]:
        """Who may get it: whoever has its dialog, else as the rules say, else anybody."""
        ruled = self._routing.names_for(request, hop)
        names = self._servers.connected() if ruled is None else ruled
        if len(names) < _A_CHOICE and not self._dialogs:
            return names
        if request.to_tag is not None:
            held = self._dialogs.get(request.call_id, self._only)
            if held:
                return held, *(name for name in names if name != held)
        return names

    def taker(self, names: Sequence[bytes], receive: Receive) -> bytes | None:
        """Who gets what came in there: the first that takes it, else one that is connected."""
        address = receive.destination_address
        name = next((name for name in names if self._servers.takes(name, address)), None)
        if name is None:
            connected = self._servers.connected()
            name = next((name for name in names if name in connected), None)
        return name

    def made(self, request: Incoming, name: bytes, names: Sequence[bytes]) -> None:
        """That one gets the request, of those names: its dialog stays there."""
        if len(names) < _A_CHOICE and not (self._has_rules or self._dialogs):
            self._only = name
            return
        self._dialogs.pop(request.call_id, None)  # so that it stands last
        self._dialogs[request.call_id] = name
        if len(self._dialogs) > MOST_DIALOGS:
            del self._dialogs[next(iter(self._dialogs))]

    def lack(self, names: Sequence[bytes]) -> str:
        """Why there is nobody, for people. names: who might have got it."""
        if not self._has_rules:
            return "no application server is there"
        if not names:
            return "no rule fits"
        wanted = ", ".join(shown(name) for name in names[:_MOST_TOLD])
        more = " ..." if len(names) > _MOST_TOLD else ""
        return f"no application server is there by the name {wanted}{more}"
