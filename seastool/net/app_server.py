"""An application on an application server of its own.

async with AppServer(MyApplication(), port=5080) as server:
    await server.ready()
    await server.stopped()
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from seastool.app import Application, Container, Settings
from seastool.capture.live import Traffic
from seastool.net.app_endpoint import AppServerEndpoint, Options
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Event


class AppServer(AppServerEndpoint):
    """One application behind one proxy; see `AppServerEndpoint` for the arguments."""

    def __init__(
        self,
        application: Application,
        *,
        host: str = "127.0.0.1",
        port: int = 5080,
        options: Options | None = None,
        settings: Settings | None = None,
        traffic: Traffic | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(host=host, port=port, options=options, traffic=traffic, log=log)
        loop = asyncio.get_running_loop()
        self.container = Container(
            application,
            send=self.send,
            new_id=self.new_id,
            dialect=self.connection.dialect,
            processor_id=self.options.processor_id,
            name=self.options.name,
            settings=settings,
            log=self.log,
            spawn=self.spawn,
            new_future=loop.create_future,
            clock=loop.time,
            timer_changed=self.set_timer,
        )
        self.user = ContainerUser(self.container)


class ContainerUser:
    """A container as the user of an endpoint."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.start = container.start
        self.get_timer = container.get_timer
        self.handle_timer = container.handle_timer
        self.close = container.close

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """See `User`."""
        self._container.listening = event.info.sockets
        self.learn(dialect)

    def learn(self, dialect: Dialect) -> None:
        """See `User`."""
        self._container.dialect = dialect

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """See `User`."""
        self._container.receive(frame, now)

    def summary(self) -> list[str]:
        """See `User`."""
        counts = self._container.statistics.as_dict()
        told = [f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if count]
        return [", ".join(told) or "no event came"]
