"""What one proxy holds, for the modules that say what it does with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser.behaviour import Behaviour
from seastool.seas.openser.bindings import Bindings
from seastool.seas.openser.client_side import ClientTable, ClientTransaction
from seastool.seas.openser.faults import FAULTS, Fault
from seastool.seas.openser.identifiers import Identifiers
from seastool.seas.openser.outcomes import ConnectionClosed, Outcome, Replied, ServerDies
from seastool.seas.openser.server_side import ServerTable, ServerTransaction
from seastool.seas.openser.settings import Settings
from seastool.sip.incoming import message_reader
from seastool.timers import Timers

_FINAL, _FAILURE = 200, 300
_KILLS_ALL: Final = frozenset(
    {
        Fault.TWO_ACCEPTS_KILL,
        Fault.OTHER_SCHEME_KILLS,
        Fault.ACK_CRASH,
        Fault.MEMORY_CORRUPTION,
    }
)

Transaction = ServerTransaction | ClientTransaction


class Proxy:
    """Tables, timers and settings of one proxy.

    is_signed: whether what answers an action says who the server is; the real one leaves that out
    from the application server's first request on.
    """

    def __init__(
        self,
        behaviour: Behaviour,
        identifiers: Identifiers,
        sockets: Sequence[ListeningSocket],
        settings: Settings,
    ) -> None:
        self.behaviour = behaviour
        self.identifiers = identifiers
        self.settings = settings
        self.sockets = list(sockets)
        self.bindings = Bindings(sockets)
        self.servers = ServerTable()
        self.clients = ClientTable()
        self.timers: Timers[Transaction] = Timers()
        self.reader = message_reader(behaviour.dialect.grammar)
        self.is_signed = True
        signature = behaviour.signature if settings.signature is None else settings.signature
        self.server_line = b"Server: %s\r\n" % signature if signature else b""
        self.user_agent_line = b"User-Agent: %s\r\n" % signature if signature else b""

    def reply(
        self,
        transaction: ServerTransaction,
        status: int,
        reason: bytes,
        now: float,
        *,
        tag: bytes = b"",
        headers: bytes = b"",
        body: bytes = b"",
        is_signed: bool = True,
    ) -> Replied:
        """Answer a request, and keep the transaction for as long as this proxy does then."""
        signed = self.server_line if is_signed else b""
        sip = transaction.form.render(
            status, reason, tag=tag, headers=headers, body=body, behind=signed
        )
        transaction.status = status
        transaction.reply = sip
        transaction.to_tag = tag or transaction.form.tag
        if status < _FINAL:
            transaction.rang = now
        elif not self.behaviour.waits_from_relay:
            self.timers.set(transaction, now + self._rest(transaction))
        return Replied(transaction.hash_index, transaction.label, status, sip, transaction.receive)

    def _rest(self, transaction: ServerTransaction) -> float:
        """How long a transaction with a final reply stays: refused calls wait for their ACK."""
        wait = self.settings.wait_timer
        if transaction.is_invite and transaction.status >= _FAILURE:
            return wait + self.settings.fr_timer
        return wait

    def lives(self, fault: Fault, outcomes: list[Outcome]) -> bool:
        """Whether that fault is off; if it is on, it takes its course."""
        if not self.behaviour.has(fault):
            return True
        message = f"{self.behaviour.server}: {FAULTS[fault].doc}"
        outcomes.append(
            ServerDies(fault, message) if fault in _KILLS_ALL else ConnectionClosed(fault, message)
        )
        return False
