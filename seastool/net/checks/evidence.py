"""What passes during one check, kept in memory until it is known whether anybody wants it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from io import BytesIO
from typing import Any, Final

from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.records import Address
from seastool.seas.types import Socket

MOST_CALLS: Final = 20_000  # of one check; the first ones give way
MOST_OPENING: Final = 200  # of one connection: names, socket info, BINDs
Call = Callable[[PcapngWriter], None]


class Evidence:
    """A `Traffic`. A capture of a check begins with the opening of each connection that was
    there before it, as otherwise nothing in it could be read."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=MOST_CALLS)
        self._openings: dict[int, list[Call]] = {}
        self._settled: set[int] = set()

    def settle(self) -> None:
        """The connections that there are have been opened."""
        self._settled.update(self._openings)

    def begin(self) -> None:
        """Another check begins."""
        self._calls.clear()
        for opening in self._openings.values():
            self._calls.extend(opening)

    def pcapng(self) -> bytes:
        """What has passed since, as a file."""
        file = BytesIO()
        writer = PcapngWriter(file, application="seastool check")
        for call in self._calls:
            call(writer)
        return file.getvalue()

    def opened(
        self,
        connection: int,
        local: Address,
        remote: Address,
        *,
        openser_is_local: bool,
        socket: Socket | None,
        time_ns: int,
    ) -> None:
        """See `Traffic`."""

        def call(writer: PcapngWriter) -> None:
            writer.opened(
                connection,
                local,
                remote,
                openser_is_local=openser_is_local,
                socket=socket,
                time_ns=time_ns,
            )

        self._openings[connection] = [call]
        self._calls.append(call)

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        """See `Traffic`."""

        def call(writer: PcapngWriter) -> None:
            writer.data(connection, data, sent=sent, time_ns=time_ns, comment=comment)

        self._note(connection, call)

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        """See `Traffic`."""

        def call(writer: PcapngWriter) -> None:
            writer.closed(connection, sent=sent, reset=reset, time_ns=time_ns)

        self._openings.pop(connection, None)
        self._settled.discard(connection)
        self._calls.append(call)

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """See `Traffic`."""

        def call(writer: PcapngWriter) -> None:
            writer.datagram(local, remote, data, sent=sent, time_ns=time_ns)

        self._calls.append(call)

    def _note(self, connection: int, call: Call) -> None:
        opening: list[Any] | None = self._openings.get(connection)
        settled = connection in self._settled
        if opening is not None and not settled and len(opening) < MOST_OPENING:
            opening.append(call)
        self._calls.append(call)


class Numbered:
    """The traffic of one of several owners of connections, whose numbers are made unique."""

    def __init__(self, traffic: Evidence, base: int) -> None:
        self._traffic = traffic
        self._base = base

    def opened(self, connection: int, local: Address, remote: Address, **how: Any) -> None:
        """See `Traffic`."""
        self._traffic.opened(self._base + connection, local, remote, **how)

    def data(self, connection: int, data: bytes, **how: Any) -> None:
        """See `Traffic`."""
        self._traffic.data(self._base + connection, data, **how)

    def closed(self, connection: int, **how: Any) -> None:
        """See `Traffic`."""
        self._traffic.closed(self._base + connection, **how)

    def datagram(self, local: Address, remote: Address, data: bytes, **how: Any) -> None:
        """See `Traffic`."""
        self._traffic.datagram(local, remote, data, **how)
