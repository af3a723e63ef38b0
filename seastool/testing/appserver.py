"""An application server for a test: `seastool.net.app_server.AppServer` in a thread."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeVar

from seastool.app import Application, Settings
from seastool.capture.live import Traffic
from seastool.net.app_endpoint import Options
from seastool.net.app_server import AppServer
from seastool.seas.connection.app_server import Timing
from seastool.testing.application import application_of
from seastool.testing.gateway import RunningGateway
from seastool.testing.kamailio import RunningKamailio
from seastool.testing.loop_thread import PATIENCE, LoopThread, NotInTime
from seastool.testing.loopback_ports import LOOPBACK
from seastool.testing.openser import RunningOpenser

T = TypeVar("T")
MAX_LINES: Final = 1000  # of its log
# Real proxies lose what comes at once; these do not, and a test need not wait.
QUICK: Final = Timing(pause=0.01, retry=0.05, retry_most=0.5)


class RunningAppServer:
    """An application behind a proxy. log: the last lines that it told, with the tracebacks of
    what the application raised."""

    def __init__(
        self,
        application: Application,
        host: str,
        port: int,
        options: Options,
        settings: Settings | None,
        traffic: Traffic | None,
    ) -> None:
        self.application = application
        self.log: deque[str] = deque(maxlen=MAX_LINES)
        self._thread = LoopThread("appserver")
        try:
            self.server = self._thread.run(self._start(host, port, options, settings, traffic))
        except BaseException:
            self._thread.close()
            raise

    async def _start(
        self,
        host: str,
        port: int,
        options: Options,
        settings: Settings | None,
        traffic: Traffic | None,
    ) -> AppServer:
        server = AppServer(
            self.application,
            host=host,
            port=port,
            options=options,
            settings=settings,
            traffic=traffic,
            log=self.log.append,
        )
        server.start()
        return server

    def wait_until_ready(self, seconds: float = PATIENCE) -> None:
        """Until the proxy has sent socket info and the BINDs are written. Raises: NotInTime."""
        try:
            self._thread.run(self.server.ready(), seconds)
        except NotInTime as error:
            last = f" ({self.log[-1]})" if self.log else ""
            where = f"{self.server.host}:{self.server.port}"
            raise NotInTime(
                f"the application server has no answer of the proxy at {where} "
                f"within {seconds:g} s{last}"
            ) from error

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """What the function returns, called in the thread that the application lives in."""
        return self._thread.call(function, *arguments)

    def close(self) -> None:
        """Leave the proxy: what is written leaves first."""
        try:
            self._thread.run(self.server.close())
        finally:
            self._thread.close()


class Proxy(Protocol):
    """What an application server connects to."""

    @property
    def host(self) -> str:
        """Where it listens."""

    @property
    def port(self) -> int:
        """Its event port."""


@contextmanager
def running_appserver(
    application: object,
    proxy: Proxy | int,
    *,
    options: Options | None = None,
    settings: Settings | None = None,
    traffic: Traffic | None = None,
    seconds: float = PATIENCE,
) -> Iterator[RunningAppServer]:
    """An application behind a proxy, for the time of a `with`: it is ready, and a proxy of this
    package is ready for it.

    application: whatever `application_of` takes. proxy: one of this package, or an event port on
    loopback. seconds: that the proxy may take.
    Raises: NotInTime, BadApplication, BadBehaviour.
    """
    own = isinstance(proxy, RunningOpenser | RunningGateway)
    options = options or Options(timing=QUICK if own else Timing())
    host, port = (LOOPBACK, proxy) if isinstance(proxy, int) else (proxy.host, proxy.port)
    made = application_of(application)
    running = RunningAppServer(made, host, port, options, settings, traffic)
    try:
        running.wait_until_ready(seconds)
        if isinstance(proxy, RunningOpenser | RunningGateway):
            proxy.wait_for_app_server(seconds)
        elif isinstance(proxy, RunningKamailio):
            proxy.wait_for_app_server()
        yield running
    finally:
        running.close()
