"""A container on a bench: SIP texts in as real event frames, actions out, both kept."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from seastool.app import Application, Container, Request, Response, Settings
from seastool.seas.builder.event import Receive, build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcCancel, AcResFail, Action, Frame, Reply, ResIn, SlMsg, UacReq
from seastool.seas.handshake import ListeningSocket
from seastool.seas.types import Direction, EventType, Layout, Socket

LISTENING = (
    ListeningSocket(protocol=2, name=b"127.0.0.1", address=b"127.0.0.1", port=5060),
    ListeningSocket(protocol=1, name=b"10.0.0.1", address=b"10.0.0.1", port=5070),
)
FROM_ALICE = Receive(
    source_address=bytes((192, 0, 2, 7)), destination_address=bytes((10, 0, 0, 1)), source_port=5999
)


def sip_request(
    method: str,
    *headers: str,
    uri: str = "sip:bob@example.com",
    call_id: str = "c1",
    cseq: int = 1,
    from_: str = '"Alice" <sip:alice@example.com>;tag=a1',
    to: str = "Bob <sip:bob@example.com>",
    contact: str | None = "<sip:alice@192.0.2.7:5999>",
    body: bytes = b"",
) -> bytes:
    """A request of alice's."""
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/UDP 192.0.2.7:5999;branch=z9hG4bK-{call_id}-{cseq}",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq} {method}",
        *([f"Contact: {contact}"] if contact else []),
        "Max-Forwards: 70",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Future:
    """What a coroutine of these tests waits on; the bench's `spawn` runs it on."""

    def __init__(self) -> None:
        self._is_done = False
        self.wake: Callable[[], None] | None = None

    def done(self) -> bool:
        return self._is_done

    def set_result(self, result: None, /) -> None:
        self._is_done = True
        if self.wake is not None:
            self.wake()

    def __await__(self) -> Generator[Any, None, None]:
        while not self._is_done:
            yield self


def spawn(coroutine: Coroutine[Any, Any, Any], on_error: Callable[[BaseException], None]) -> None:
    """Run a coroutine to its next Future, and on when that is done."""
    try:
        future = coroutine.send(None)
    except StopIteration:
        return
    except Exception as error:
        on_error(error)
        return
    future.wake = lambda: spawn(coroutine, on_error)


class Sent:
    """One action that went out, decoded from its bytes."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.text: bytes = getattr(frame, "text", b"")
        head, _, self.body = self.text.partition(b"\r\n\r\n")
        self.start, *self.lines = head.decode("utf-8", "surrogateescape").split("\r\n")

    @property
    def kind(self) -> str:
        return type(self.frame).__name__

    @property
    def status(self) -> int:
        return int(self.start.split()[1])

    def all(self, name: str) -> list[str]:
        found = (line.partition(":") for line in self.lines)
        return [value.strip() for key, _, value in found if key.lower() == name.lower()]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    def tag(self, name: str) -> str:
        return self[name].partition(";tag=")[2]


class Bench:
    """A container, what it sent (`sent`) and told (`told`), and the time (`now`)."""

    def __init__(
        self,
        application: Application,
        *,
        dialect: str = "kamailio-5.4.2",
        settings: Settings | None = None,
        **arguments: Any,
    ) -> None:
        self.dialect = lookup(dialect)
        self.layout = self.dialect.layout
        self.sent: list[Sent] = []
        self.told: list[str] = []
        self.now = 1000.0
        self.label = 0
        self._ids = itertools.count()
        arguments = {
            "listening": LISTENING,
            "spawn": spawn,
            "new_future": Future,
            "new_id": lambda: f"id{next(self._ids):06}",
            **arguments,
        }
        self.container = Container(
            application,
            send=self._send,
            dialect=self.dialect,
            processor_id=9,
            name="as_1",
            settings=settings,
            log=self.told.append,
            **arguments,
        )
        self.container.start(self.now)

    def _send(self, action: Action) -> None:
        data = encode_frame(action, self.layout)
        self.sent.append(Sent(decode_frame(data, Socket.ACTION, Direction.TO_OPENSER, self.layout)))

    def frame(self, data: bytes) -> None:
        """Give it an event frame."""
        self.container.receive(decode_frame(data, Socket.EVENT, Direction.TO_AS), self.now)  # type: ignore[arg-type]

    def request(
        self,
        sip: bytes,
        *,
        label: int | None = None,
        flags: int = 0,
        stateless: bool = False,
        cancelled: tuple[int, int] | None = None,
        receive: Receive = FROM_ALICE,
    ) -> int:
        """Give it a request; its label (the hash index is 7)."""
        if label is None:
            self.label += 1
            label = self.label
        kind = EventType.SL_REQ_IN if stateless else EventType.T_REQ_IN
        self.frame(
            build_event(
                sip,
                self.dialect,
                type=kind,
                receive=receive,
                processor_id=3,
                flags=flags,
                hash_index=7,
                label=label,
                cancelled=cancelled,
            )
        )
        return label

    def response(
        self, status: int, to: Sent, *headers: str, tag: str = "b1", body: bytes = b"", **other: Any
    ) -> None:
        """Give it a response to a request that it sent."""
        frame = to.frame
        assert isinstance(frame, UacReq)
        lines = [
            f"SIP/2.0 {status} Some Reason",
            "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKproxy",
            *(f"{name}: {to[name]}" for name in ("From", "Call-ID", "CSeq")),
            f"To: {to['To'] if ';tag=' in to['To'] or not tag else to['To'] + ';tag=' + tag}",
            *headers,
            f"Content-Length: {len(body)}",
        ]
        sip = "\r\n".join([*lines, "", ""]).encode() + body
        self.frame(
            build_event(
                sip,
                self.dialect,
                type=EventType.RES_IN,
                receive=FROM_ALICE,
                uac_id=frame.uac_id,
                hash_index=other.get("hash_index", 21),
                label=other.get("label", 22),
            )
        )

    def faked(self, uac_id: int, status: int = 408) -> None:
        """Give it a time-out of the proxy's."""
        event = ResIn(
            flags=2,
            protocol=0,
            source_address=b"",
            destination_address=b"",
            source_port=0,
            destination_port=0,
            hash_index=21,
            label=22,
            uac_id=uac_id,
            status=status,
        )
        self.frame(event.encode())

    def failure(self, uac_id: int, reason: bytes = b"From tag missing") -> None:
        """Give it an AC_RES_FAIL."""
        data = AcResFail(uac_id=uac_id, error=2, reason=reason).encode()
        frame = decode_frame(data, Socket.ACTION, Direction.TO_AS)
        assert isinstance(frame, AcResFail)
        self.container.receive(frame, self.now)

    def wait(self, seconds: float) -> None:
        """Let time pass, timer by timer."""
        end = self.now + seconds
        while (at := self.container.get_timer()) is not None and at <= end:
            self.now = max(self.now, at)
            self.container.handle_timer(self.now)
        self.now = end
        self.container.handle_timer(end)

    def take(self) -> list[Sent]:
        """What was sent since the last look."""
        sent, self.sent = self.sent, []
        return sent

    def one(self) -> Sent:
        """The one thing that was sent since the last look."""
        (sent,) = self.take()
        return sent

    def counted(self) -> dict[str, int]:
        """The statistics that are not 0."""
        return {name: n for name, n in self.container.statistics.as_dict().items() if n}

    def is_empty(self) -> bool:
        """Whether nothing is kept."""
        container = self.container
        return not (
            container.transactions
            or container.client_transactions
            or len(container.sessions)
            or container.sessions.application_sessions
            or container.get_timer() is not None
        )


class Recorder(Application):
    """Keeps what it is given; `on` says what to do with a request of a method."""

    def __init__(self, **on: Callable[[Request], Any]) -> None:
        self.on = on
        self.requests: list[Request] = []
        self.responses: list[Response] = []

    def do_request(self, request: Request) -> Any:
        self.requests.append(request)
        if request.method in self.on:
            return self.on[request.method](request)
        return super().do_request(request)

    def do_response(self, response: Response) -> Any:
        self.responses.append(response)
        return super().do_response(response)


def answering(status: int, **arguments: Any) -> Callable[[Request], None]:
    """A handler that answers at once."""
    return lambda request: request.create_response(status, **arguments).send()


__all__ = [
    "FROM_ALICE",
    "AcCancel",
    "Bench",
    "Layout",
    "Recorder",
    "Reply",
    "SlMsg",
    "UacReq",
    "answering",
    "sip_request",
]
