"""A live look at a proxy, as a short-lived application server: ports, name, BIND, layout, pings.

Over SIP two OPTIONS are sent to a socket that was bound, so that it shows whether BINDs take and
whether replies arrive: nothing in SEAS itself answers a BIND.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from seastool.capture.records import Address
from seastool.errors import SeasError
from seastool.net.app_endpoint import CURRENT, AppServerEndpoint, Options
from seastool.net.doctor_call import ask
from seastool.net.link import NO_SUCH_HOST
from seastool.net.user import Onlooker
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.connection.binds import sockets_text
from seastool.seas.detect import Detector
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcResFail, Event, Reply, TReqIn
from seastool.seas.handshake import ListeningSocket
from seastool.seas.message import Message
from seastool.seas.types import ActionType, Socket
from seastool.sip.reply import respond

_UDP: Final = 1
_BUSY: Final = 503


@dataclass(slots=True)
class Look:
    """What was seen; see `seastool.interop.doctor.live.Look`.

    listening: the proxy's SIP sockets. dialect: what it speaks, and known whether its events said
    so. server: its Server header. strangers: requests of others that came in meanwhile.
    """

    host: str
    port: int
    name: str
    opened: set[Socket] = field(default_factory=set)
    failure: str = ""
    is_unknown: bool = False
    is_refused: bool = False
    is_closed: bool = False
    is_alien: bool = False
    listening: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    pings: int = 0
    dialect: str = ""
    layout: str = ""
    reasons: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    call: int | None = None
    event: bool = False
    zero_call: int | None = None
    zero_event: bool = False
    server: str = ""
    strangers: int = 0
    seconds: float = 0.0
    max_name: int = 15


class _Watch:
    """The traffic: which sockets could be opened, and who closed them."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._sockets: dict[int, Socket] = {}

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
        if socket is not None:
            self._look.opened.add(socket)
            self._sockets[connection] = socket

    def data(
        self, connection: int, data: bytes, *, sent: bool, time_ns: int, comment: str = ""
    ) -> None:
        first_byte = data[:1]
        is_event = self._sockets.get(connection) is Socket.EVENT
        if not sent and not self._look.listening and (not is_event or first_byte != b"\x10"):
            self._look.is_alien = True

    def closed(self, connection: int, *, sent: bool, reset: bool, time_ns: int) -> None:
        if not sent and not self._look.listening:
            self._look.is_closed = True

    def datagram(
        self, local: Address, remote: Address, data: bytes, *, sent: bool, time_ns: int
    ) -> None:
        """The endpoint has none."""


class _Visitor(Onlooker):
    """The `User` of the endpoint: answers its own OPTIONS with 200, anything else with 503."""

    def __init__(self, look: Look, send: Callable[[Reply], None]) -> None:
        self._look = look
        self._send = send
        self._detector = Detector()
        self._dialect: Dialect = lookup(CURRENT)
        self.sockets: list[ListeningSocket] = []
        self.own: dict[str, Callable[[], None]] = {}

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """See `User`."""
        self._dialect = dialect
        self.sockets = list(event.bound)
        look = self._look
        look.listening = [sockets_text([one], dialect) for one in event.info.sockets]
        look.bound = [sockets_text([one], dialect) for one in event.bound]

    def learn(self, dialect: Dialect) -> None:
        """See `User`."""
        self._dialect = dialect

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """See `User`."""
        payload: bytes = getattr(frame, "payload", b"")
        if not payload:
            return
        self._detector.observe_event(payload)
        self._look.dialect = self._detector.verdict
        self._look.reasons = self._detector.reasons
        if isinstance(frame, TReqIn):
            self._answer(frame, payload)

    def _answer(self, frame: TReqIn, payload: bytes) -> None:
        try:
            message = Message(payload, self._dialect)
            call_id, sip, method = message.call_id or "", message.text, message.method
            if (told := self.own.get(call_id)) is not None:
                told()
            elif method == "ACK":
                return
            else:
                self._look.strangers += 1
            status, reason = (200, b"OK") if call_id in self.own else (_BUSY, b"Being examined")
            text = respond(sip, status, reason, tag=secrets.token_hex(4).encode())
        except SeasError:
            return
        self._send(
            Reply(
                type=ActionType.REPLY_FIN,
                processor_id=frame.processor_id,
                hash_index=frame.hash_index,
                label=frame.label,
                text=text,
            )
        )


async def look_at(
    host: str, port: int, options: Options, *, seconds: float = 3.0, calls: bool = True
) -> Look:
    """Look at the proxy whose event socket is at that host and port.

    seconds: how long to stay at least, once paired, for pings. calls: send OPTIONS over SIP.
    """
    look = Look(host, port, options.name)
    look.max_name = (options.dialect or lookup(CURRENT)).max_name
    options.retry = False
    endpoint = AppServerEndpoint(
        host=host, port=port, options=options, traffic=_Watch(look), log=look.remarks.append
    )

    def send(reply: Reply) -> None:
        try:
            endpoint.send(reply)
        except SeasError as error:
            look.remarks.append(f"the reply could not be sent: {error}")

    visitor = _Visitor(look, send)
    endpoint.user = visitor
    loop = asyncio.get_running_loop()
    began = loop.time()
    endpoint.start()
    ready = asyncio.ensure_future(endpoint.ready())
    stopped = asyncio.ensure_future(endpoint.stopped())
    try:
        await asyncio.wait((ready, stopped), return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            await _stay(look, visitor, seconds, stopped, calls=calls)
        if endpoint.fatal:
            _fail(look, endpoint.fatal)
    finally:
        for task in (ready, stopped):
            task.cancel()
        look.pings = endpoint.connection.pings
        look.layout = str(endpoint.connection.dialect.layout)
        look.dialect = look.dialect or endpoint.connection.dialect.name
        look.seconds = loop.time() - began
        await endpoint.close()
    return look


def _fail(look: Look, reason: str) -> None:
    if look.listening:
        look.remarks.append(f"the connection is lost: {reason}")
        return
    look.failure = reason
    look.is_unknown = NO_SUCH_HOST in reason
    look.is_refused = "refused" in reason.lower()


async def _stay(
    look: Look, visitor: _Visitor, seconds: float, stopped: asyncio.Future[None], *, calls: bool
) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    target = next((one for one in visitor.sockets if one.protocol == _UDP), None)
    if calls and target is not None:
        await asyncio.sleep(0.2)  # BINDs are read meanwhile

        def happened() -> None:
            look.event = True

        def zero_happened() -> None:
            look.zero_event = True

        look.call = await _call(look, visitor, target, b"seastool doctor\r\n", happened)
        look.zero_call = await _call(look, visitor, target, b"", zero_happened)
    left = until - loop.time()
    if left > 0:
        await asyncio.wait((stopped,), timeout=left)


async def _call(
    look: Look,
    visitor: _Visitor,
    target: ListeningSocket,
    body: bytes,
    happened: Callable[[], None],
) -> int:
    """One OPTIONS; the status of the final response, 0 for none."""
    address = target.address.decode("ascii", "replace").strip("[]")
    call_id = f"doctor-{secrets.token_hex(8)}"
    visitor.own[call_id] = happened
    try:
        answer = await ask(address, target.port, call_id, body)
    except OSError as error:
        look.remarks.append(f"no SIP to {address}: {error.strerror or error}")
        return 0
    look.server = look.server or answer.server
    return answer.status
