"""The application servers of a gateway, as an `Openser` has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from seastool.net.openser import Openser
from seastool.seas.builder.event import Receive
from seastool.seas.openser import outcomes as did
from seastool.sip.incoming import Incoming


class ConnectedServers:
    """See `seastool.gateway.servers.ApplicationServers`.

    tell: takes what is done for one that is not connected any more; what is done for the others,
    the proxy tells itself.
    """

    def __init__(self, proxy: Openser, tell: Callable[[bytes, did.Outcome], None]) -> None:
        self._proxy = proxy
        self._tell = tell
        self._time = asyncio.get_running_loop().time

    def connected(self) -> Sequence[bytes]:
        """See the protocol."""
        return tuple(self._proxy.listener.peers)

    def takes(self, name: bytes, address: bytes) -> bool:
        """See the protocol."""
        if name not in self._proxy.listener.peers:
            return False
        return self._proxy.transactions_of(name).bindings.processor_of(address) is not None

    def request(
        self, name: bytes, request: Incoming, receive: Receive, *, stateless: bool = False
    ) -> None:
        """See the protocol."""
        transactions = self._proxy.transactions_of(name)
        done = transactions.request(request, receive, self._time(), stateless=stateless)
        self._carry_out(name, done)

    def response(self, name: bytes, response: Incoming, receive: Receive) -> None:
        """See the protocol."""
        done = self._proxy.transactions_of(name).response(response, receive, self._time())
        self._carry_out(name, done)

    def time_out(self, name: bytes, uac_id: int) -> None:
        """See the protocol."""
        self._carry_out(name, self._proxy.transactions_of(name).time_out(uac_id, self._time()))

    def unresolved(self, name: bytes, uac_id: int) -> None:
        """See the protocol."""
        self._carry_out(name, self._proxy.transactions_of(name).unresolved(uac_id))

    def answer(self, name: bytes, hash_index: int, label: int, status: int, reason: bytes) -> None:
        """See the protocol."""
        transactions = self._proxy.transactions_of(name)
        self._carry_out(name, transactions.answer(hash_index, label, status, reason, self._time()))

    def forget(self, name: bytes, hash_index: int, label: int) -> None:
        """See the protocol."""
        self._proxy.transactions_of(name).forget(hash_index, label, self._time())

    def _carry_out(self, name: bytes, done: Sequence[did.Outcome]) -> None:
        peer = self._proxy.listener.peers.get(name)
        if peer is not None:
            self._proxy.carry_out(peer, done)
            return
        for outcome in done:
            self._tell(name, outcome)
