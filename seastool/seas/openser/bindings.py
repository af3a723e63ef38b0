"""Which processor of the application server a request is for: the table that BIND fills.

It outlives the connection, as the real one does: who comes back is still bound.
Source: docs/protocol.md: Bindings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

from seastool.seas.frames import Bind
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.openser.outcomes import Bound, Outcome, Unbound
from seastool.seas.openser.rules import mistake

_HIGHEST = 127  # the real one reads the byte as signed


@dataclass(slots=True)
class _Slot:
    """A bound socket. A processor id of 0 marks the slot as free."""

    processor_id: int
    address: bytes
    protocol: int
    port: int


class Bindings:
    """The bindings of one application server to the proxy's listening sockets."""

    def __init__(self, sockets: Iterable[ListeningSocket]) -> None:
        self._listening = {
            (address, socket.protocol, socket.port)
            for socket in sockets
            if (address := packed(socket.address))
        }
        self._slots: list[_Slot | None] = [None] * MAX_BINDS
        self._count = 0

    def __len__(self) -> int:
        """How many slots are taken."""
        return sum(slot is not None for slot in self._slots)

    def processor_of(self, address: bytes) -> int | None:
        """The processor bound to an address (raw); None if none is, or if its id is one that the
        proxy takes for none. The first binding decides; protocol and port do not count."""
        for slot in self._slots:
            if slot is not None and slot.address == address:
                return slot.processor_id if slot.processor_id <= _HIGHEST else None
        return None

    def socket_of(self, processor_id: int) -> tuple[bytes, int, int] | None:
        """Address, protocol and port of a processor's first binding."""
        for slot in self._slots:
            if slot is not None and slot.processor_id == processor_id:
                return slot.address, slot.protocol, slot.port
        return None

    def bind(self, action: Bind) -> list[Outcome]:
        """What a BIND does."""
        where = f"{_shown(action.address)} port {action.port}, transport {action.protocol}"
        what = f"BIND of processor {action.processor_id} to {where}"
        free = next((i for i, slot in enumerate(self._slots) if slot is None), None)
        if free is None:
            told = f"{what}: the table of {MAX_BINDS} is full, the proxy ignores it"
            return [mistake("bind-full", told)]
        if (action.address, action.protocol, action.port) not in self._listening:
            return [mistake("bind-socket", f"{what}: the proxy has no such socket and ignores it")]
        outcomes: list[Outcome] = []
        if not 1 <= action.processor_id <= _HIGHEST:
            told = f"{what}: the proxy counts it as not bound and answers 500 to its requests"
            outcomes.append(mistake("bind-processor", told))
        elif self._is_another(action.address, action.processor_id):
            told = f"{what}: the binding there is to that address comes first"
            outcomes.append(mistake("bind-shadowed", told))
        self._count += 1
        if action.processor_id:
            self._slots[free] = _Slot(
                action.processor_id, action.address, action.protocol, action.port
            )
        outcomes.append(
            Bound(action.processor_id, free, action.address, action.protocol, action.port)
        )
        return outcomes

    def unbind(self, processor_id: int) -> list[Outcome]:
        """What an UNBIND does: it frees one slot, and not always that of the processor named.

        The real one looks only at as many slots as are taken and, finding nothing, frees the one
        behind them.
        """
        looked = max(0, min(self._count, MAX_BINDS))
        at = next((i for i in range(looked) if self._id_at(i) == processor_id), looked)
        outcomes: list[Outcome] = []
        if at == MAX_BINDS or not processor_id or self._id_at(at) != processor_id:
            bound = any(self._id_at(i) == processor_id for i in range(MAX_BINDS))
            why = (
                "is behind a free slot, where the proxy does not look" if bound else "is not bound"
            )
            told = f"UNBIND of processor {processor_id}, which {why}"
            outcomes.append(mistake("unbind-unknown", told))
        if at == MAX_BINDS:
            return outcomes
        self._count -= 1
        freed = self._slots[at]
        self._slots[at] = None
        if freed is not None:
            outcomes.append(Unbound(freed.processor_id, at))
        return outcomes

    def _is_another(self, address: bytes, processor_id: int) -> bool:
        """Whether requests to an address go to another processor."""
        first = next((s for s in self._slots if s is not None and s.address == address), None)
        return first is not None and first.processor_id != processor_id

    def _id_at(self, i: int) -> int:
        slot = self._slots[i]
        return slot.processor_id if slot is not None else 0


def packed(address: bytes) -> bytes:
    """A text address, brackets or not, as raw bytes; nothing for what is none."""
    try:
        return ip_address(address.strip(b"[]").decode("ascii", "replace")).packed
    except ValueError:
        return b""


def _shown(address: bytes) -> str:
    try:
        return str(ip_address(address))
    except ValueError:
        return address.hex() or "no address"
