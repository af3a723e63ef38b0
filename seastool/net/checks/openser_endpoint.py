"""The application server of the checks of a proxy, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from seastool.interop.checks.openser.came import Ended
from seastool.interop.checks.openser.stage import BETWEEN, OpenserStage, stray_bind
from seastool.net.app_endpoint import AppServerEndpoint
from seastool.net.user import Onlooker
from seastool.seas.connection.app_server import State
from seastool.seas.connection.app_server_events import Lost, Ready, Received
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Event, Ping, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.types import Socket


class Witness(Onlooker):
    """The user of an endpoint that shows all that comes to a stage."""

    def __init__(self, stage: OpenserStage) -> None:
        self._stage = stage

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """See `User`."""
        self._stage.info = event.info

    def learn(self, dialect: Dialect) -> None:
        """See `User`."""

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """See `User`."""
        self._stage.frame_came(frame, data)


class Endpoint(AppServerEndpoint):
    """An endpoint that shows pings and its end as well. pause: seconds between two steps of
    leaving; the rest: see `AppServerEndpoint`."""

    def __init__(self, stage: OpenserStage, *, pause: float, **how: Any) -> None:
        super().__init__(**how)
        self._stage = stage
        self._pause = pause
        self._holding = False
        self.user = Witness(stage)

    def _happened(self, event: object) -> None:
        if isinstance(event, Received) and isinstance(event.frame, Ping):
            self._stage.frame_came(event.frame, event.data)
        elif isinstance(event, Lost):
            self._stage.take(Ended(event.reason))
        super()._happened(event)

    async def close(self) -> int:
        """Take the bindings back, with something behind the last UNBIND, as Kamailio does none
        that nothing follows; then leave."""
        if self.connection.state is State.READY:
            for processor_id in reversed(self._stage.bound):
                self.send(Unbind(processor_id=processor_id))
            self.send(stray_bind())
        return await super().close()

    async def _leave(self) -> None:
        """As others leave, but without much patience."""
        self._leaving = True
        if (link := self._outlet.links.get(Socket.EVENT)) is None:
            return
        await asyncio.sleep(self._pause)
        link.half_close()
        await asyncio.sleep(self._pause)

    async def write_in_pieces(self, socket: Socket, pieces: Iterable[bytes]) -> None:
        """Past the machine, whose pongs wait meanwhile: they would stand in the middle."""
        self._holding = True
        try:
            for piece in pieces:
                self._outlet.write(socket, UnitKind.FRAME, piece)
                await asyncio.sleep(BETWEEN)
        finally:
            self._holding = False
            self._drive()

    def _flush_commands(self) -> None:
        if not self._holding:
            super()._flush_commands()

    def abandon(self, *, reset: bool) -> None:
        """Be gone without a word."""
        self._outlet.close(reset=reset)

    @property
    def is_whole(self) -> bool:
        """Whether both connections are there."""
        return len(self._outlet.links) == len(Socket)
