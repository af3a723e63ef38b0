"""What the gateway asks of the application servers, whoever holds their connections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from seastool.seas.builder.event import Receive
from seastool.sip.incoming import Incoming


class ApplicationServers(Protocol):
    """Who is connected, and what is handed over. What comes of a call is told to the gateway's
    `outcome` before the call returns."""

    def connected(self) -> Sequence[bytes]:
        """The names of those with both sockets, in the order in which they came."""

    def takes(self, name: bytes, address: bytes) -> bool:
        """Whether one is connected, and bound to that address (raw) of ours."""

    def request(
        self, name: bytes, request: Incoming, receive: Receive, *, stateless: bool = False
    ) -> None:
        """Hand it a request; without a transaction, if `stateless`."""

    def response(self, name: bytes, response: Incoming, receive: Receive) -> None:
        """Hand it a response to a request of its own."""

    def time_out(self, name: bytes, uac_id: int) -> None:
        """No final response comes to its request."""

    def unresolved(self, name: bytes, uac_id: int) -> None:
        """The address that its request is for cannot be found."""

    def answer(self, name: bytes, hash_index: int, label: int, status: int, reason: bytes) -> None:
        """Answer a request in its place. It need not be connected any more."""

    def forget(self, name: bytes, hash_index: int, label: int) -> None:
        """A request is no longer its own. It need not be connected any more."""
