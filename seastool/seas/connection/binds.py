"""What an application server binds, and how it takes that back.

Real proxies compare nothing but the address of a request with what is bound, and keep a binding
until it is taken back or they end. So there is one BIND for each address, under a processor id of
its own, and the last is taken back first: a proxy that looks for a processor does not look behind
the free place that another UNBIND has left (docs/protocol.md: Bindings).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Final

from seastool.seas.dialect import Dialect
from seastool.seas.frames import Bind, Unbind
from seastool.seas.handshake import ListeningSocket

BINDABLE: Final = ("UDP", "TCP", "TLS")  # what the proxy's BIND takes
MAX_BINDS: Final = 10
HIGHEST_PROCESSOR: Final = 127
AF_INET, AF_INET6 = 2, 10  # as Linux numbers them
NOT_BOUND: Final = "bound to no socket: the proxy will answer 500 itself"
_SPARE: Final = b"\0"  # Kamailio lets an UNBIND of 10 bytes wait for what follows it


def sockets_text(sockets: Iterable[ListeningSocket], dialect: Dialect) -> str:
    """Listening sockets as --bind takes them, with commas between."""
    return ", ".join(_socket_text(one, dialect) for one in sockets)


def _socket_text(one: ListeningSocket, dialect: Dialect) -> str:
    protocol = (dialect.transport_name(one.protocol) or str(one.protocol)).lower()
    address = one.address.decode("ascii", "backslashreplace").strip("[]")
    return f"{protocol}:{f'[{address}]' if ':' in address else address}:{one.port}"


class Binds:
    """The bindings that one application server wants and has asked for.

    processor_id: of the first address; the others have those after it, and 1 comes behind 127.
    chosen: says of a listening socket whether its requests are wanted. tell: takes a line for
    whoever runs the server; remark: the same, by kind.
    """

    def __init__(
        self,
        processor_id: int,
        chosen: Callable[[ListeningSocket], bool],
        tell: Callable[[str], object],
        remark: Callable[[str, str], object],
    ) -> None:
        self._processor_id = processor_id
        self._chosen = chosen
        self._tell = tell
        self._remark = remark
        self._planned: list[Bind] = []
        self._written = 0
        self.sockets: list[ListeningSocket] = []
        """The listening sockets whose requests the BINDs ask for."""

    def plan(self, sockets: Iterable[ListeningSocket], dialect: Dialect) -> None:
        """Begin anew, with the sockets that a proxy has told."""
        self.forget()
        listening = list(sockets)
        wanted: dict[bytes, list[ListeningSocket]] = {}
        for one in listening:
            is_wanted = dialect.transport_name(one.protocol) in BINDABLE and self._chosen(one)
            if is_wanted and (address := self._packed(one)):
                wanted.setdefault(address, []).append(one)
        if len(wanted) > MAX_BINDS:
            told = f"{len(wanted)} addresses to bind to, a proxy takes {MAX_BINDS}: the first ones"
            self._tell(told)
        if not wanted:
            text = sockets_text(listening[:MAX_BINDS], dialect) or "no socket"
            self._tell(f"{NOT_BOUND}; it listens on {text}")
        for address, group in list(wanted.items())[:MAX_BINDS]:
            self._planned.append(self._bind(address, group[0]))
            self.sockets += group

    def _packed(self, one: ListeningSocket) -> bytes:
        text = one.address.decode("ascii", "backslashreplace")
        try:
            return ip_address(text.strip("[]")).packed
        except ValueError:
            self._remark(
                "sockets of the proxy without an IP address",
                f"not bound to {text!r}: that is no IP address",
            )
            return b""

    def _bind(self, address: bytes, one: ListeningSocket) -> Bind:
        return Bind(
            processor_id=(self._processor_id + len(self._planned) - 1) % HIGHEST_PROCESSOR + 1,
            family=AF_INET if len(address) == 4 else AF_INET6,
            address=address,
            protocol=one.protocol,
            port=one.port,
        )

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to be bound."""
        return self._written == len(self._planned)

    def next_bind(self) -> Bind | None:
        """The next one to be written; None behind the last."""
        if self.is_done:
            return None
        self._written += 1
        return self._planned[self._written - 1]

    def next_unbind(self) -> Unbind | None:
        """Takes back the last that was written; None if there is none. What is not bound by then
        is not bound any more."""
        del self._planned[self._written :]
        if not self._planned:
            self.sockets = []
            return None
        self._written -= 1
        return Unbind(processor_id=self._planned.pop().processor_id, spare=_SPARE)

    def forget(self) -> None:
        """The connection is gone."""
        self._planned, self._written, self.sockets = [], 0, []
