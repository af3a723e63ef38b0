"""The proxy's transactions: what a real proxy does with requests, responses and actions.

Sans-I/O. SIP texts and actions go in; what the proxy would do comes out, in order. What an
application server does wrong is an outcome too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seastool.seas.builder.event import Receive
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Action,
    Bind,
    JainPong,
    Reply,
    SlMsg,
    UacReq,
    Unbind,
)
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.behaviours import usable
from seastool.seas.openser.bindings import Bindings
from seastool.seas.openser.cancels import cancel
from seastool.seas.openser.client_side import ClientTransaction
from seastool.seas.openser.faults import Fault
from seastool.seas.openser.identifiers import Identifiers
from seastool.seas.openser.outcomes import Failed, Outcome, Ponged
from seastool.seas.openser.proxy import Proxy
from seastool.seas.openser.replies import reply
from seastool.seas.openser.requests import Target, request, stateless_request
from seastool.seas.openser.responses import response, timed_out
from seastool.seas.openser.rules import mistake
from seastool.seas.openser.server_side import ServerTransaction
from seastool.seas.openser.settings import Settings
from seastool.seas.openser.stateless import stateless_message
from seastool.seas.openser.uac_requests import uac_request
from seastool.seas.types import ActionType
from seastool.sip.incoming import Incoming, shown

_CORRUPTING: Final = (Reply, UacReq)
_CORRUPTION_BITS: Final = 6


class Transactions:
    """The transactions of one application server with one proxy.

    behaviour: whose ways; None for a current Kamailio without its faults. sockets: the proxy's
    SIP sockets, as in its socket info.
    """

    def __init__(
        self,
        identifiers: Identifiers,
        *,
        behaviour: Behaviour | None = None,
        sockets: Sequence[ListeningSocket] = (),
        settings: Settings | None = None,
    ) -> None:
        self._proxy = Proxy(behaviour or usable(), identifiers, sockets, settings or Settings())
        self._dies_after: int | None = None
        if self.behaviour.has(Fault.MEMORY_CORRUPTION):
            self._dies_after = 1 + identifiers.draw(_CORRUPTION_BITS)

    @property
    def behaviour(self) -> Behaviour:
        """Whose ways these are."""
        return self._proxy.behaviour

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self._proxy.settings

    @property
    def bindings(self) -> Bindings:
        """Who is bound to what."""
        return self._proxy.bindings

    def __len__(self) -> int:
        """How many transactions there are, of both sides."""
        return len(self._proxy.servers) + len(self._proxy.clients)

    def knows(self, hash_index: int, label: int) -> bool:
        """Whether there is a transaction of that name."""
        ids = hash_index, label
        return (
            self._proxy.servers.get(*ids) is not None or self._proxy.clients.get(*ids) is not None
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept of any transaction, its timers included."""
        proxy = self._proxy
        return proxy.servers.is_empty and proxy.clients.is_empty and not len(proxy.timers)

    @property
    def unanswered(self) -> int:
        """How many requests wait for a final reply of the application server's."""
        return sum(not transaction.is_final for transaction in self._proxy.servers)

    def request(
        self,
        sip: bytes | Incoming,
        receive: Receive,
        now: float,
        *,
        stateless: bool = False,
        connected: bool = True,
        processor_id: int | None = None,
    ) -> list[Outcome]:
        """A SIP request that the script hands to the application server.

        stateless: by as_relay_sl, else by as_relay_t. connected: whether it is there.
        processor_id: whom it is for, whatever is bound.
        """
        processor = processor_id
        if processor is None:
            processor = self._proxy.bindings.processor_of(receive.destination_address)
        if stateless:
            text = sip.text if isinstance(sip, Incoming) else sip
            return stateless_request(self._proxy, text, receive, Target(processor, connected))
        return request(self._proxy, sip, receive, now, Target(processor, connected))

    def response(self, sip: bytes | Incoming, receive: Receive, now: float) -> list[Outcome]:
        """A SIP response; the branch of its topmost Via says to what."""
        return response(self._proxy, sip, receive, now)

    def time_out(self, uac_id: int, now: float) -> list[Outcome]:
        """The final-response timer of the application server's request runs out now, not later."""
        transaction = self._proxy.clients.of_uac_id(uac_id)
        if transaction is None or transaction.final:
            return []
        self._proxy.timers.clear(transaction)
        return timed_out(self._proxy, transaction, now)

    def answer(
        self, hash_index: int, label: int, status: int, reason: bytes, now: float
    ) -> list[Outcome]:
        """The proxy answers a request in the application server's place, if that has not."""
        transaction = self._proxy.servers.get(hash_index, label)
        if transaction is None or transaction.is_final:
            return []
        tag = b"" if transaction.form.tag else transaction.to_tag or self._proxy.identifiers.tag()
        return [self._proxy.reply(transaction, status, reason, now, tag=tag)]

    def forget(self, hash_index: int, label: int, now: float) -> None:
        """A request is no longer this application server's."""
        transaction = self._proxy.servers.get(hash_index, label)
        if transaction is not None:
            self._proxy.timers.clear(transaction)
            self._proxy.servers.remove(transaction, now)

    def unresolved(self, uac_id: int) -> list[Outcome]:
        """The address that the application server's request is for cannot be found."""
        transaction = self._proxy.clients.of_uac_id(uac_id)
        if transaction is None or transaction.final or transaction.last_received:
            return []
        self._proxy.timers.clear(transaction)
        self._proxy.clients.remove(transaction)
        fails = self.behaviour.unresolvable
        return [Failed(AcResFail(uac_id=uac_id, error=fails.error, reason=fails.reason))]

    def action(self, frame: Action, now: float) -> list[Outcome]:
        """An action of the application server, from either socket."""
        if self._dies_after is not None and isinstance(frame, _CORRUPTING):
            self._dies_after -= 1
            if self._dies_after <= 0:
                outcomes: list[Outcome] = []
                self._proxy.lives(Fault.MEMORY_CORRUPTION, outcomes)
                return outcomes
        if isinstance(frame, Reply):
            return reply(self._proxy, frame, now)
        if isinstance(frame, UacReq):
            return uac_request(self._proxy, frame, now)
        if isinstance(frame, AcCancel):
            return cancel(self._proxy, frame, now)
        return self._other(frame)

    def _other(self, frame: Action) -> list[Outcome]:
        if isinstance(frame, JainPong):
            return [Ponged(frame.sequence)]
        if isinstance(frame, SlMsg):
            return stateless_message(self._proxy, frame)
        if isinstance(frame, Bind):
            return self.bindings.bind(frame)
        if isinstance(frame, Unbind):
            return self.bindings.unbind(frame.processor_id)
        if frame.type == ActionType.REPLY_FIN_DLG:
            return [mistake("reserved-action", "REPLY_FIN_DLG: the proxy skips it")]
        return [mistake("unknown-action", f"action of type {frame.type}: the proxy skips it")]

    def get_timer(self) -> float | None:
        """When `handle_timer` wants to be called; None: not before something else happens."""
        return self._proxy.timers.next()

    def handle_timer(self, now: float) -> list[Outcome]:
        """Do what is due by now."""
        proxy = self._proxy
        outcomes: list[Outcome] = []
        while (transaction := proxy.timers.pop(now)) is not None:
            if isinstance(transaction, ServerTransaction):
                outcomes += self._end_server(transaction, transaction.due)
            elif transaction.final:
                outcomes += self._end_client(transaction)
            else:
                outcomes += timed_out(proxy, transaction, now)
        return outcomes

    def close(self, now: float) -> int:
        """Forget all transactions; how many requests were left without a final reply."""
        left = self.unanswered
        proxy = self._proxy
        for server in proxy.servers:
            proxy.timers.clear(server)
            proxy.servers.remove(server, now)
        for client in proxy.clients:
            proxy.timers.clear(client)
            proxy.clients.remove(client)
        return left

    def _end_server(self, transaction: ServerTransaction, now: float) -> list[Outcome]:
        settings = self._proxy.settings
        lasts = transaction.rang + settings.unanswered
        if not (transaction.is_final or self.behaviour.waits_from_relay) and lasts > now:
            self._proxy.timers.set(transaction, lasts)
            return []
        self._proxy.servers.remove(transaction, now)
        if transaction.is_final:
            return []
        method = shown(transaction.request.method)
        if self.behaviour.waits_from_relay:
            does = f"within {settings.wait_timer:g} s: the proxy drops it, the sender hears nothing"
        else:
            does = f"within {settings.unanswered:g} s: a real proxy waits for ever"
        return [
            mistake(
                "unanswered",
                f"{method} {transaction.hash_index}:{transaction.label} had no final reply {does}",
                hash_index=transaction.hash_index,
                label=transaction.label,
            )
        ]

    def _end_client(self, transaction: ClientTransaction) -> list[Outcome]:
        self._proxy.clients.remove(transaction)
        is_success = transaction.is_invite and transaction.final < 300
        if not is_success or transaction.has_ack or not transaction.is_reported:
            return []
        told = f"the {transaction.final} to the INVITE of uac id {transaction.uac_id} has no ACK"
        return [
            mistake(
                "uac-ack-missing",
                f"{told}: whom it called sends it again and then ends the call",
                hash_index=transaction.hash_index,
                label=transaction.label,
                uac_id=transaction.uac_id,
            )
        ]
