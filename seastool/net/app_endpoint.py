"""An application server on asyncio: its connection, the container with the application, sockets.

async with AppServer(MyApplication(), port=5080, name="app_server_1") as server:
    await server.ready()
    await server.stopped()
"""

from __future__ import annotations

import asyncio
import random
import sys
import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from seastool.capture.live import Traffic
from seastool.capture.records import host_port_text
from seastool.net.alarm import Alarm
from seastool.net.link import Link, reason_of
from seastool.net.outlet import Outlet, drain
from seastool.net.service import Service
from seastool.net.user import User
from seastool.render.printable import printable
from seastool.seas.connection.app_server import AppServerConnection, Timing
from seastool.seas.connection.app_server_events import Lost, Ready, Received, Remark
from seastool.seas.connection.binds import sockets_text
from seastool.seas.connection.commands import NEED_DATA, Open, Write
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.faults import Fault, FaultInjector
from seastool.seas.frames import AcResFail, Action, Event, Ping
from seastool.seas.handshake import ListeningSocket
from seastool.seas.types import Direction, Socket

CURRENT: Final = "kamailio"
READING_SECONDS: Final = 0.1  # that the proxy gets at the end to read what was written
LEAVING_SECONDS: Final = 1.0  # that it may take to close then


@dataclass(slots=True)
class Options:
    """How an application server speaks.

    dialect: the proxy's; None to assume current Kamailio and find out. probe: ask the proxy for
    its layout. chosen: says of a listening socket whether to bind to it. seed: of the faults.
    """

    name: str = "app_server_1"
    dialect: Dialect | None = None
    probe: bool = False
    processor_id: int = 1
    chosen: Callable[[ListeningSocket], bool] = lambda _: True
    timing: Timing = field(default_factory=Timing)
    faults: Sequence[Fault] = ()
    seed: int | None = None
    retry: bool = True


class AppServerEndpoint(Service):
    """One application server behind one proxy, connected again whenever the connection is lost.

    To be made while a loop runs; `user` is set before `start`. host, port: of the proxy's event
    socket; the action socket is the port after it. traffic: told all that passes. log: told, a
    line each, what a person should know. Without `retry` a lost connection ends `stopped`.
    """

    user: User

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 5080,
        options: Options | None = None,
        traffic: Traffic | None = None,
        log: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__()
        self.options = options = options or Options()
        self.host, self.port = host, port
        self.failures = 0
        self.connects = 0
        self.bound: list[ListeningSocket] = []
        self.log = log or _to_stderr
        self._traffic = traffic
        self.random = random.Random(options.seed)
        self.connection = AppServerConnection(
            options.name.encode(),
            options.dialect or lookup(CURRENT),
            detect=options.dialect is None,
            probe=options.probe,
            processor_id=options.processor_id,
            chosen=options.chosen,
            timing=options.timing,
        )
        self.injector = FaultInjector(options.faults, self.random, side=Direction.TO_OPENSER)
        self._outlet = Outlet(self.injector)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._connecting: asyncio.Task[Any] | None = None
        self._numbers = 0
        self._alarm = Alarm(self._timed)
        self._ready = asyncio.Event()
        self._driving = False
        self._leaving = False
        self._fatal = ""

    # For scripts.

    def start(self) -> None:
        """Begin to connect; `ready` waits for the end of it."""
        now = self._loop.time()
        self.user.start(now)
        self.connection.start(now)
        self._drive()

    async def ready(self) -> None:
        """Wait until the proxy has sent socket info and the BINDs are written."""
        await self._ready.wait()

    async def close(self) -> int:
        """Leave: what is written leaves first. Returns how many requests stay unanswered."""
        unanswered = self.user.close(self._loop.time())
        await self._unbind()
        if unsent := await drain([self._outlet]):
            self.log(f"{unsent} bytes were not sent: the proxy does not read, or a fault waits")
        await self._leave()
        self.connection.close(self._loop.time())
        self._drive()
        for task in list(self._tasks):
            task.cancel()
        self._alarm.cancel()
        self._stopped.set()
        await asyncio.sleep(0)
        return unanswered

    async def _unbind(self) -> None:
        """Take the bindings back as they were made: some proxies take one action a read."""
        while self.connection.unbind():
            self._drive()
            await asyncio.sleep(self.options.timing.pause)

    async def _leave(self) -> None:
        """Give the proxy time to read the last actions, then let it end the connections.

        The event socket ends first: real proxies spin where the action socket of one application
        server ends while another is connected or half-open. Its reading side stays open: to close
        with events unread is a reset.
        """
        self._leaving = True
        if (link := self._outlet.links.get(Socket.EVENT)) is None:
            return
        await asyncio.sleep(READING_SECONDS)
        link.half_close()
        end = self._loop.time() + LEAVING_SECONDS
        while self._outlet.links and self._loop.time() < end:
            await asyncio.sleep(0.005)

    # What the links tell.

    def link_up(self, link: Link) -> None:
        """A connect has succeeded."""
        self._outlet.links[link.socket] = link
        self.connection.connected(link.socket, self._loop.time())
        self._drive()

    def link_data(self, link: Link, data: bytes) -> None:
        """Bytes of the proxy."""
        if self._outlet.links.get(link.socket) is link and not self._leaving:
            self.connection.receive_data(link.socket, data, self._loop.time())
            self._drive()

    def link_down(self, link: Link, reason: str) -> None:
        """A connection has ended."""
        if self._outlet.links.get(link.socket) is link:
            del self._outlet.links[link.socket]
            if self._leaving:
                return
            self.connection.disconnected(link.socket, reason, self._loop.time())
            self._drive()

    # The machine's wishes.

    def _drive(self) -> None:
        """Do and tell all there is, then set the timer."""
        if self._driving:
            return
        self._driving = True
        try:
            while True:
                self._flush_commands()
                event = self.connection.next_event()
                if event is NEED_DATA:
                    break
                self._happened(event)
        finally:
            self._driving = False
        self.set_timer()

    def _flush_commands(self) -> None:
        for command in self.connection.commands():
            if isinstance(command, Write):
                self._outlet.write(command.socket, command.kind, command.data)
            elif isinstance(command, Open):
                self._connecting = self.spawn(self._connect(command.socket))
            else:
                self._cut_off()

    def _cut_off(self) -> None:
        """Close what there is of the connections, a connect that is under way included."""
        if self._connecting is not None:
            self._connecting.cancel()
        self._outlet.close()
        self.injector.forget()

    async def _connect(self, socket: Socket) -> None:
        self._numbers += 1
        link = Link(self, self._numbers, socket, self._traffic, openser_is_local=False)
        port = self.port + (socket is Socket.ACTION)
        try:
            await self._loop.create_connection(lambda: link, self.host, port)
        except OSError as error:
            reason = f"{host_port_text(self.host, port)}: {reason_of(error)}"
            self._connecting = None
            self.connection.disconnected(socket, reason, self._loop.time())
            self._drive()

    def _happened(self, event: object) -> None:
        now = self._loop.time()
        if isinstance(event, Received):
            if isinstance(event.frame, Event | AcResFail) and not isinstance(event.frame, Ping):
                self.user.receive(event.frame, event.data, now)
        elif isinstance(event, Ready):
            self.connects += 1
            self.bound = event.bound
            self.user.ready(event, self.connection.dialect, now)
            self._ready.set()
            told = _told(event, self.connection.dialect)
            where = host_port_text(self.host, self.port)
            self.log(f"connected to {where} as {self.options.name!r}, {told}")
        elif isinstance(event, Lost):
            self._lost(event, now)
        elif isinstance(event, Remark):
            self._learn_dialect()
            self.log(event.text)

    def _lost(self, event: Lost, now: float) -> None:
        self._ready.clear()
        if event.retry_in is None:
            return
        self.failures += 1
        if not self.options.retry:
            self._fatal = event.reason
            self._stopped.set()
            self.connection.close(now)
            return
        self.log(f"not connected ({event.reason}); next try in {event.retry_in:g} s")

    def _learn_dialect(self) -> None:
        """The connection may have found out whom it speaks to."""
        self.injector.dialect = self.connection.dialect
        self.user.learn(self.connection.dialect)

    @property
    def fatal(self) -> str:
        """Why there is no connection, where it is not tried again."""
        return self._fatal

    # What the user asks for.

    def send(self, action: Action) -> None:
        """Send an action. Raises: LocalProtocolError without connection, EncodeError."""
        self.connection.send(action)
        if not self._driving:
            self._drive()

    def send_bytes(self, socket: Socket, data: bytes) -> None:
        """Send bytes as they are, right or wrong. Raises: LocalProtocolError."""
        self.connection.send_bytes(socket, data)
        if not self._driving:
            self._drive()

    def new_id(self) -> str:
        """An identifier that nobody else has, 16 characters; from the seed, if there is one."""
        return f"{self.random.getrandbits(64):016x}"

    def spawn(
        self,
        coroutine: Coroutine[Any, Any, None],
        on_error: Callable[[BaseException], None] | None = None,
    ) -> asyncio.Task[None]:
        """Run a coroutine; what it raises goes to `on_error`, or to the log."""
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            if task.cancelled() or (error := task.exception()) is None:
                return
            if on_error is not None:
                on_error(error)
            else:
                self.log("".join(traceback.format_exception(error)))

        task.add_done_callback(done)
        return task

    # Time.

    def set_timer(self) -> None:
        """See to it that the next timer is met; to be called when one has come nearer."""
        self._alarm.set((self.connection.get_timer(), self.user.get_timer()))

    def _timed(self) -> None:
        now = self._loop.time()
        self.connection.handle_timer(now)
        try:
            self.user.handle_timer(now)
        finally:
            self._drive()  # whatever the user's timers do, the connection's go on


def _told(event: Ready, dialect: Dialect) -> str:
    """What was asked for: no proxy answers a BIND."""
    sockets = sockets_text(event.bound, dialect)
    return f"BIND sent for {sockets}" if sockets else "no BIND sent"


def _to_stderr(text: str) -> None:
    lines = "\n".join(printable(line) for line in text.splitlines())
    sys.stderr.write(f"seastool: {lines}\n")
