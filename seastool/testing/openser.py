"""The proxy's side of SEAS for a test: `seastool.net.openser.Openser` in a thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from secrets import token_hex
from typing import Any, Final, TypeVar

from seastool.capture.live import Traffic
from seastool.net.far_end import FarEnd
from seastool.net.openser import Openser, Options
from seastool.seas.connection.openser_events import Peer
from seastool.seas.openser import outcomes as did
from seastool.seas.openser.behaviours import behave_like
from seastool.testing.exchange import MAX_KEPT, SECONDS, Exchange, Mailbox, response_to
from seastool.testing.loop_thread import PATIENCE, LoopThread
from seastool.testing.loopback_ports import LOOPBACK
from seastool.testing.sip_message import SipMessage
from seastool.testing.sip_text import BOB, sip_request

T = TypeVar("T")
RINGS_AND_ANSWERS: Final = (180, 200)


class RunningOpenser:
    """A proxy that a test speaks for: it hands over requests and sees what comes of them.

    far_end: statuses with which requests of the application server are answered, none to leave
    them to `respond`. Every method waits until it is done.
    """

    def __init__(
        self, port: int, options: Options, far_end: Sequence[int], traffic: Traffic | None
    ) -> None:
        self.mailbox = Mailbox()
        self.mistakes: list[did.Mistake] = []
        """What the application server did wrong, by rule (docs/mistakes.md)."""
        self._thread = LoopThread("openser")
        self._far_end = FarEnd(far_end, self._answer_soon, lambda: token_hex(4).encode())
        try:
            self.openser = self._thread.run(self._start(port, options, traffic))
        except BaseException:
            self._thread.close()
            raise

    async def _start(self, port: int, options: Options, traffic: Traffic | None) -> Openser:
        openser = Openser(
            host=LOOPBACK, port=port, options=options, traffic=traffic, on_outcome=self._happened
        )
        await openser.start()
        return openser

    def close(self) -> None:
        """Cut everybody off and stop listening."""
        try:
            self._thread.run(self.openser.close())
        finally:
            self._thread.close()

    @property
    def host(self) -> str:
        """Where it listens."""
        return LOOPBACK

    @property
    def port(self) -> int:
        """The event port; the action port is the next one."""
        return self.openser.port

    @property
    def seas(self) -> str:
        """``host:port`` for an application server to connect to."""
        return f"{LOOPBACK}:{self.port}"

    def wait_for_app_server(self, seconds: float = PATIENCE) -> str:
        """Until one is connected and has bound. Returns its name. Raises: NotInTime."""
        peer = self._thread.run(self.openser.bound(), seconds, self._what_is_missing)
        return peer.name.decode("utf-8", "backslashreplace")

    def _what_is_missing(self) -> str:
        if self.openser.peer is None:
            return f"no application server has connected to {self.seas}"
        name = self.openser.peer.name.decode("utf-8", "backslashreplace")
        return f"application server {name!r} is connected, but has sent no BIND"

    def request(
        self,
        request: bytes | str,
        uri: str = BOB,
        *,
        stateless: bool = False,
        processor_id: int | None = None,
        **how: Any,
    ) -> Exchange:
        """A SIP request comes in. request: a whole text, or a method; then `uri` and `how` are
        those of `sip_request`. Raises: NotConnected without an application server."""
        text = request if isinstance(request, bytes) else sip_request(request, uri, **how)

        def take() -> list[did.Outcome]:
            return self.openser.request(text, stateless=stateless, processor_id=processor_id)

        done = self._thread.call(take)
        refused = next((one.reason for one in done if isinstance(one, did.Refused)), "")
        return Exchange(self, text, _key_of(done), refused)

    def respond(
        self,
        request: SipMessage,
        status: int,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        tag: str = "callee",
    ) -> None:
        """A response to a request of the application server's (`wait_for_request`)."""
        text = response_to(request, status, headers=headers, body=body, tag=tag)
        self._thread.call(self._answer, text)

    @property
    def requests(self) -> list[SipMessage]:
        """The requests that the application server has sent, as the proxy sends them on."""
        return self.mailbox.requests

    def wait_for_request(
        self, method: str = "", number: int = 1, seconds: float = SECONDS
    ) -> SipMessage:
        """Its request of that number, counted from 1, of the method if one is given.

        Raises: NotInTime.
        """
        return self.mailbox.request(method, number, seconds)

    def call(self, function: Callable[[Openser], T]) -> T:
        """What the function returns, called with the `Openser` in the thread that it lives in."""
        return self._thread.call(function, self.openser)

    # In the thread of the loop.

    def _happened(self, peer: Peer, outcome: did.Outcome) -> None:
        self._far_end.happened(outcome)
        if isinstance(outcome, did.Replied):
            key = outcome.hash_index, outcome.label
            self.mailbox.put_reply(key, SipMessage(outcome.sip))
        elif isinstance(outcome, did.Requested | did.Cancelled | did.Stateless):
            self.mailbox.put_request(SipMessage(outcome.sip))
        elif isinstance(outcome, did.Mistake) and len(self.mistakes) < MAX_KEPT:
            self.mistakes.append(outcome)

    def _answer_soon(self, response: bytes) -> None:
        self._thread.loop.call_soon(self._answer, response)

    def _answer(self, response: bytes) -> None:
        if self.openser.peer is not None:
            self.openser.response(response)


def _key_of(done: Sequence[did.Outcome]) -> object:
    """Of the transaction that a request has made, or that it belongs to."""
    for kind in (did.Event, did.Replied):
        for outcome in done:
            if isinstance(outcome, kind) and outcome.hash_index is not None:
                return outcome.hash_index, outcome.label
    return None


@contextmanager
def running_openser(
    *,
    port: int = 0,
    like: str = "",
    far_end: Sequence[int] = RINGS_AND_ANSWERS,
    options: Options | None = None,
    traffic: Traffic | None = None,
) -> Iterator[RunningOpenser]:
    """A proxy on loopback for the time of a `with`.

    port: of the events; 0 for two free ones. like: a server whose ways and faults it has, such as
    "kamailio-5.6.3". far_end: see `RunningOpenser`. options: beside what the others say.
    Raises: OSError, UnknownDialect.
    """
    options = options or Options()
    if like:
        options = replace(options, behaviour=behave_like(like))
    running = RunningOpenser(port, options, far_end, traffic)
    try:
        yield running
    finally:
        running.close()
