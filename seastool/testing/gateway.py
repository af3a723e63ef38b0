"""A gateway for a test: `seastool.net.gateway.Gateway` in a thread, and phones for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeVar

from seastool.capture.live import Traffic
from seastool.net.gateway import Gateway, GatewayOptions
from seastool.net.sip import SipSocket
from seastool.seas.openser.behaviours import behave_like
from seastool.sip.hop import TCP, UDP
from seastool.testing.loop_thread import PATIENCE, LoopThread
from seastool.testing.loopback_ports import LOOPBACK
from seastool.testing.phone import SipPhone

T = TypeVar("T")
MAX_NOTES: Final = 1000
FREE: Final = (SipSocket(UDP, LOOPBACK, 0), SipSocket(TCP, LOOPBACK, 0))


class RunningGateway:
    """A minimal OpenSER. notes: the last lines that it had for people."""

    def __init__(self, options: GatewayOptions, traffic: Traffic | None) -> None:
        self.notes: deque[str] = deque(maxlen=MAX_NOTES)
        self._phones: list[SipPhone] = []
        self._thread = LoopThread("gateway")
        try:
            self.gateway = self._thread.run(self._start(options, traffic))
        except BaseException:
            self._thread.close()
            raise

    async def _start(self, options: GatewayOptions, traffic: Traffic | None) -> Gateway:
        gateway = Gateway(
            sip=FREE, seas_port=0, options=options, traffic=traffic, on_note=self.notes.append
        )
        await gateway.start()
        return gateway

    def close(self) -> None:
        """Stop listening; its phones are closed too."""
        for phone in self._phones:
            phone.close()
        try:
            self._thread.run(self.gateway.close())
        finally:
            self._thread.close()

    @property
    def host(self) -> str:
        """Where it listens, on both sides."""
        return LOOPBACK

    @property
    def sip_port(self) -> int:
        """Where it takes SIP by UDP."""
        return self._sip_port(UDP)

    @property
    def sip_tcp_port(self) -> int:
        """Where it takes SIP by TCP."""
        return self._sip_port(TCP)

    def _sip_port(self, protocol: int) -> int:
        return next(one.port for one in self.gateway.sip_sockets if one.protocol == protocol)

    @property
    def sip(self) -> str:
        """``host:port`` of SIP by UDP."""
        return f"{LOOPBACK}:{self.sip_port}"

    @property
    def port(self) -> int:
        """The event port of SEAS; the action port is the next one."""
        return self.gateway.seas_port

    @property
    def seas(self) -> str:
        """``host:port`` for an application server to connect to."""
        return f"{LOOPBACK}:{self.port}"

    def wait_for_app_server(self, seconds: float = PATIENCE) -> str:
        """Until one is connected and has bound. Returns its name. Raises: NotInTime."""
        bound = self.gateway.proxy.bound()
        what = f"no application server has bound at {self.seas}"
        return self._thread.run(bound, seconds, what).name.decode("utf-8", "backslashreplace")

    def phone(self) -> SipPhone:
        """A phone that calls through it, closed with it. What passes is captured here."""
        phone = SipPhone(LOOPBACK, self.sip_port)
        self._phones.append(phone)
        return phone

    def call(self, function: Callable[[Gateway], T]) -> T:
        """What the function returns, called with the `Gateway` in the thread that it lives in."""
        return self._thread.call(function, self.gateway)


@contextmanager
def running_gateway(
    *,
    like: str = "",
    options: GatewayOptions | None = None,
    traffic: Traffic | None = None,
) -> Iterator[RunningGateway]:
    """A gateway on free ports of loopback for the time of a `with`.

    like: a server whose ways and faults it has, such as "kamailio-5.6.3". options: beside that.
    Raises: OSError, UnknownDialect.
    """
    options = options or GatewayOptions()
    if like:
        options = replace(options, behaviour=behave_like(like), by_rfc=False)
    running = RunningGateway(options, traffic)
    try:
        yield running
    finally:
        running.close()
