"""Where a SIP URI is to be sent: RFC 3263, but for NAPTR."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from seastool.net.sip.names import LONGEST_TTL, Names, Service
from seastool.net.sip.target import SIP_PORT, Place, Target, Unresolvable, read_target
from seastool.sip.hop import NAMES, TCP, UDP

MAX_KEPT: Final = 4_096  # URIs, and answers
MAX_ASKED: Final = 1_000  # names that are looked up at a time
SECONDS: Final = 5.0
FAILED_FOR: Final = 5.0  # seconds that nobody asks again for what was not found

Choices = list[tuple[int, int, list[Place]]]  # priority, weight, places


class Resolver:
    """Finds the places of URIs, and keeps them as long as their records may be kept.

    nameservers: IP addresses, with a port if it is not 53; none for the system's. seconds: for
    one URI. chance: draws among services of one priority. To be closed in its loop.
    Raises: Unresolvable if a name server is not an address.
    """

    def __init__(
        self,
        nameservers: Sequence[str] = (),
        *,
        seconds: float = SECONDS,
        chance: random.Random | None = None,
    ) -> None:
        self._names = Names(nameservers, seconds / 2)
        self._seconds = seconds
        self._chance = chance or random.Random()
        self._targets: dict[bytes, list[Place] | Target] = {}
        self._found: dict[Target, tuple[float, Choices | str]] = {}
        self._asked: dict[Target, asyncio.Task[Choices | str]] = {}

    def at_once(self, uri: bytes) -> list[Place] | None:
        """The places if the host is numeric, or if they are known already; None: ask `places`.

        To be called while a loop runs. What it gives may be shared: it is not to be changed.
        """
        target = self._targets.get(uri)
        if target is None:
            try:
                target = self._target(uri)
            except Unresolvable:
                return None
        if isinstance(target, list):
            return target
        found = self._known(target)
        return None if found is None or isinstance(found, str) else self._ordered(found)

    async def places(self, uri: bytes) -> list[Place]:
        """Where to send, the place to try first first. Raises: Unresolvable."""
        target = self._targets.get(uri) or self._target(uri)
        if isinstance(target, list):
            return target
        found = self._known(target)
        if found is None:
            asked = self._ask(target)
            await asyncio.wait((asked,))  # unlike await asked: who gives up does not cancel it
            if asked.cancelled():
                raise Unresolvable(f"{target.name}: the resolver was closed")
            found = asked.result()
        if isinstance(found, str):
            raise Unresolvable(found)
        return self._ordered(found)

    async def close(self) -> None:
        """Ask no more."""
        asked = list(self._asked.values())
        for task in asked:
            task.cancel()
        if asked:
            await asyncio.wait(asked)

    def _target(self, uri: bytes) -> list[Place] | Target:
        read = read_target(uri)
        if len(self._targets) >= MAX_KEPT:
            self._targets.clear()
        target = self._targets[uri] = [read] if isinstance(read, Place) else read
        return target

    def _known(self, target: Target) -> Choices | str | None:
        known = self._found.get(target)
        if known is None or known[0] < asyncio.get_running_loop().time():
            return None
        return known[1]

    def _ask(self, target: Target) -> asyncio.Task[Choices | str]:
        """Look up; who asks for the same in the meantime waits for the same."""
        task = self._asked.get(target)
        if task is None:
            if len(self._asked) >= MAX_ASKED:
                raise Unresolvable(f"{target.name}: too many names are being looked up")
            task = self._asked[target] = asyncio.get_running_loop().create_task(
                self._look_up(target)
            )
            task.add_done_callback(lambda _: self._asked.pop(target, None))
        return task

    async def _look_up(self, target: Target) -> Choices | str:
        found: Choices | str
        try:
            async with asyncio.timeout(self._seconds):
                found, ttl = await self._choices(target)
        except TimeoutError:
            found, ttl = f"{target.name}: no name server answers", FAILED_FOR
        except Unresolvable as error:
            found, ttl = str(error), FAILED_FOR
        self._found.pop(target, None)
        if len(self._found) >= MAX_KEPT:
            del self._found[next(iter(self._found))]
        self._found[target] = asyncio.get_running_loop().time() + ttl, found
        return found

    async def _choices(self, target: Target) -> tuple[Choices, float]:
        """All places, and for how many seconds. Raises: Unresolvable."""
        if not target.port:
            protocols = (target.protocol,) if target.protocol else (UDP, TCP)
            asked = [self._services(target.name, protocol) for protocol in protocols]
            answers = await asyncio.gather(*asked)
            if any(is_said for _, _, is_said in answers):
                choices = [choice for found, _, _ in answers for choice in found]
                if not choices:
                    raise Unresolvable(f"{target.name} offers no SIP that leads to an address")
                return choices, min(ttl for _, ttl, _ in answers)
        addresses, ttl = await self._names.addresses(target.name)
        if not addresses:
            raise Unresolvable(f"{target.name} has no address that DNS or this machine knows")
        protocol, port = target.protocol or UDP, target.port or SIP_PORT
        return [(0, 0, [Place(protocol, address, port) for address in addresses])], ttl

    async def _services(self, name: str, protocol: int) -> tuple[Choices, float, bool]:
        """The services of one protocol, and whether SRV records say anything of it."""
        services, ttl = await self._names.services(f"_sip._{NAMES[protocol]}.{name}")
        answers = await asyncio.gather(*(self._names.addresses(one.name) for one in services))
        choices = [
            (
                _rank(protocol, one),
                one.weight,
                [Place(protocol, address, one.port) for address in found],
            )
            for one, (found, _) in zip(services, answers, strict=True)
            if found
        ]
        kept = min([ttl, *(seconds for _, seconds in answers)], default=LONGEST_TTL)
        return choices, kept, bool(services)

    def _ordered(self, choices: Choices) -> list[Place]:
        if len(choices) == 1:
            return choices[0][2]
        places: list[Place] = []
        for rank in sorted({rank for rank, _, _ in choices}):
            for _, found in self._drawn([(w, found) for r, w, found in choices if r == rank]):
                places += found
        return places

    def _drawn(self, left: list[tuple[int, list[Place]]]) -> list[tuple[int, list[Place]]]:
        """Those of one priority, as RFC 2782 page 4 draws them; weight 0 stands first."""
        drawn = []
        while left:
            mark = self._chance.randint(0, sum(weight for weight, _ in left))
            for one in left:
                mark -= one[0]
                if mark <= 0:
                    break
            left.remove(one)
            drawn.append(one)
        return drawn


def _rank(protocol: int, service: Service) -> int:
    """UDP before TCP where the URI leaves it open, then by priority."""
    return protocol << 16 | service.priority
