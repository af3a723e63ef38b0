"""What checks of a proxy can do: as a phone, and as its application server."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, Final

from seastool.interop.checks.known import behaviour_of
from seastool.interop.checks.openser.app_server_side import AppServerSide
from seastool.interop.checks.openser.came import FrameCame, Request, SipCame, is_of, is_refused
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.seas.connection.binds import AF_INET, AF_INET6
from seastool.seas.frames import Bind, Unbind
from seastool.seas.openser.behaviour import MAX_BINDS, Behaviour

NOBODYS: Final = bytes((192, 0, 2, 1))  # RFC 5737: no proxy listens there
BETWEEN: Final = 0.002  # seconds between two writes that a proxy is to read one by one
SETTLING: Final = 0.03  # for an action that nobody answers


class OpenserStage(AppServerSide):
    """We are a phone of a proxy's, and its application server with what that has bound."""

    def binds(self, processor_id: int) -> list[Bind]:
        """A BIND for each of the proxy's addresses."""
        seen: dict[bytes, Bind] = {}
        for one in self.info.sockets:
            address = _packed(one.address)
            family = AF_INET if len(address) == 4 else AF_INET6
            seen.setdefault(
                address,
                Bind(
                    processor_id=processor_id,
                    family=family,
                    address=address,
                    protocol=one.protocol,
                    port=one.port,
                ),
            )
        return list(seen.values())

    async def bind(self, processor_id: int) -> None:
        """Bind a processor to all addresses. No answer comes: it is given time."""
        for action in self.binds(processor_id):
            self.act(action)
            self.bound.append(processor_id)
            await self.pause(BETWEEN)
        await self.pause(SETTLING)

    async def unbind(self, processor_id: int) -> None:
        """Take one binding back."""
        if processor_id in self.bound:
            self.bound.remove(processor_id)
        self.act(Unbind(processor_id=processor_id))
        await self.pause(BETWEEN)
        self.act(stray_bind())  # an UNBIND may wait for what follows it
        await self.pause(SETTLING)

    async def unbind_all(self) -> None:
        """Take back all bindings, those of others before us too.

        The last first, as a real proxy looks no further than it counts; and not one too many, as
        it counts that too. A request shows each time who else is bound.
        Raises: Differs if there is no end.
        """
        for processor_id in reversed(list(self.bound)):
            await self.unbind(processor_id)
        for _ in range(MAX_BINDS + 2):
            request = self.call()

            def fits(item: Any, request: Request = request) -> Any:
                ours = isinstance(item, FrameCame) and is_of(item, request)
                return item if ours or is_refused(item, request) else None

            item = await self.expect("an event of a request, or 500", fits)
            if isinstance(item, SipCame):
                return
            self.reply(item, 200)
            await self.unbind(item.frame.processor_id)
        raise Differs("no event behind as many UNBINDs as there can be BINDs", "events")

    @property
    def behaviour(self) -> Behaviour:
        """The ways of the proxy. Raises: Skipped if it is not known which one it is."""
        found = behaviour_of(self.server) or behaviour_of(self.dialect.name)
        if found is None:
            raise Skipped("it is not known which proxy this is: --server NAME says so")
        return found


def stray_bind() -> Bind:
    """A BIND that does nothing."""
    return Bind(processor_id=127, family=AF_INET, address=NOBODYS, protocol=1, port=9)


def _packed(text: bytes) -> bytes:
    return ip_address(text.decode("ascii", "replace").strip("[]")).packed
