"""A scenario that plays the application server."""

from __future__ import annotations

from collections.abc import Callable

from seastool.capture.live import Traffic
from seastool.errors import LocalProtocolError
from seastool.net.app_endpoint import AppServerEndpoint, Options
from seastool.net.fault_switch import switch_off, switch_on
from seastool.scenario.operations.program import Scenario
from seastool.scenario.running.pacing import Load
from seastool.scenario.running.result import Result
from seastool.scenario.running.run import ScenarioRun
from seastool.seas.builder import Receive
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event, Frame
from seastool.seas.types import Socket


class ScenarioAppServer(AppServerEndpoint):
    """Runs a scenario over a proxy connection; `stopped` ends when the scenario does."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        host: str,
        port: int,
        options: Options,
        load: Load | None = None,
        traffic: Traffic | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(host=host, port=port, options=options, traffic=traffic, log=log)
        self._scenario_user = ScenarioUser(self, scenario, load)
        self.user = self._scenario_user

    @property
    def result(self) -> Result:
        """The counts so far."""
        return self._scenario_user.run.result


class ScenarioUser:
    """A run of a scenario as the user of an endpoint."""

    def __init__(self, endpoint: AppServerEndpoint, scenario: Scenario, load: Load | None) -> None:
        self._endpoint = endpoint
        self._began = False
        self.run = ScenarioRun(
            scenario, ScenarioLink(endpoint), self._digits, load=load, log=endpoint.log
        )

    def start(self, now: float) -> None:
        """Nothing is sent before the connection is there."""

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """Begin, the first time."""
        if not self._began:
            self._began = True
            self.run.start(now)
            self._check_end()

    def learn(self, dialect: Dialect) -> None:
        """The endpoint knows it."""

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """An event for the calls."""
        self.run.receive(frame, data, now)
        self._check_end()

    def get_timer(self) -> float | None:
        """When something is due; not before the beginning."""
        return self.run.get_timer() if self._active else None

    def handle_timer(self, now: float) -> None:
        """Time has passed."""
        if self._active:
            self.run.handle_timer(now)
            self._check_end()

    def close(self, now: float) -> int:
        """No more calls."""
        if self._active:
            self.run.stop(now)
        return 0

    def summary(self) -> list[str]:
        """Nothing beside the result."""
        return []

    @property
    def _active(self) -> bool:
        return self._began and not self.run.finished

    def _check_end(self) -> None:
        if self.run.finished:
            self._endpoint.stop()
        self._endpoint.set_timer()

    def _digits(self, count: int) -> str:
        return f"{self._endpoint.random.randrange(10**count):0{count}}"


class ScenarioLink:
    """An endpoint as a scenario's `Endpoint`."""

    def __init__(self, endpoint: AppServerEndpoint) -> None:
        self._endpoint = endpoint

    @property
    def dialect(self) -> Dialect:
        """The proxy's, as far as it is known."""
        return self._endpoint.connection.dialect

    @property
    def receive(self) -> Receive:
        """Only a proxy receives requests."""
        return Receive()

    def send_frame(self, frame: Frame) -> None:
        """Send a frame. Raises: LocalProtocolError, EncodeError."""
        if not isinstance(frame, Action):
            raise LocalProtocolError(f"an application server sends no {type(frame).__name__}")
        self._endpoint.send(frame)

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are. Raises: LocalProtocolError."""
        self._endpoint.send_bytes(socket, data)

    def start_fault(self, fault: str) -> None:
        """Raises: FaultError."""
        switch_on(self._endpoint.injector, fault)

    def stop_fault(self, fault: str) -> None:
        """Raises: LocalProtocolError if it is not on."""
        switch_off(self._endpoint.injector, fault)
