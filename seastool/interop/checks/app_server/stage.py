"""What checks of an application server can do, as its proxy and all of SIP behind that."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from seastool.interop.checks.stage import Stage
from seastool.interop.checks.verdict import Differs, Skipped
from seastool.render.printable import printable
from seastool.seas.connection.openser_events import Gone, Ponged, Received
from seastool.seas.dialect import Dialect
from seastool.seas.frames import AcResFail, Action, Event, Reply
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import outcomes as did
from seastool.seas.types import Socket
from seastool.sip.parts import call_id, status

ActionT = TypeVar("ActionT", bound=Action)

FIRST_FINAL: Final = 200
_TRYING: Final = 100
_NOBODY: Final = "no processor"  # how our own side says that none is bound, or there
HOST: Final = "192.0.2.10"
"""Where the callers are; they exist as texts only."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that the application server did to open its connections, at that time.

    data: what one read gave; empty for the connection itself.
    """

    socket: Socket
    at: float
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was handed over: its text, and the numbers of its transaction."""

    text: bytes
    method: str
    hash_index: int = -1
    label: int = -1


class AppServerStage(Stage):
    """We are a proxy with an application server.

    steps: how its newest connection began, read by read. opened: what came of that: binds,
    mistakes. sockets: what socket info told it. processor_id: what it has bound.
    """

    steps: list[Step]
    opened: list[Any]
    processor_id: int
    sockets: Sequence[ListeningSocket]

    # For those who make it of sockets.

    @property
    @abstractmethod
    def dialect(self) -> Dialect:
        """The one that we speak now."""

    @abstractmethod
    def new_id(self) -> str:
        """An identifier that nobody else has."""

    @abstractmethod
    def hand(self, text: bytes, *, stateless: bool = False) -> list[did.Outcome]:
        """A request comes to the proxy: what it does."""

    @abstractmethod
    def event_of(self, text: bytes, **how: Any) -> bytes:
        """The event of a text, without a transaction behind it; arguments as of `build_event`."""

    @abstractmethod
    def send(self, frame: Event | AcResFail) -> None:
        """Send a frame."""

    @abstractmethod
    def write(self, data: bytes, socket: Socket = Socket.EVENT) -> None:
        """Send bytes as they are, in one piece."""

    @abstractmethod
    def ping(self) -> int:
        """Send a ping; its sequence number."""

    @abstractmethod
    def cut(self, socket: Socket | None = None, *, reset: bool = False) -> None:
        """End both connections, or one: the other is left to it."""

    @abstractmethod
    async def comes_back(self) -> None:
        """Wait until it has connected and bound again. Raises: Differs."""

    def describe(self, item: Any) -> str:
        """See `Stage`."""
        name = type(item).__name__
        if isinstance(item, did.Replied):
            told = f"its reply {item.status} to {item.hash_index}:{item.label}"
        elif isinstance(item, did.Mistake):
            told = f"{item.rule}: {item.message}"
        elif isinstance(item, did.Bound):
            told = f"a BIND of processor {item.processor_id}"
        elif isinstance(item, Received):
            told = f"{type(item.frame).__name__} of {len(item.data)} bytes"
        elif isinstance(item, Gone):
            told = f"the end of its connection ({item.reason})"
        elif isinstance(item, Ponged):
            told = f"a pong for {item.sequence}"
        else:
            told = getattr(item, "message", "") or name
        return printable(told)

    # Requests.

    def make(
        self,
        method: str = "OPTIONS",
        *,
        headers: Sequence[str] = (),
        content: bytes = b"",
        kind: str = "text/plain",
        to_tag: str = "",
        number: int = 7,
        of: Call | None = None,
        user: str = "check",
        branch: str = "",
    ) -> bytes:
        """A request of a phone's. of: the INVITE whose dialog it belongs to."""
        before = of.text.decode("utf-8", "surrogateescape") if of else ""
        call = call_id(of.text) if of else f"{self.new_id()}@check"
        from_tag = before.partition("From: <")[2].partition("tag=")[2].partition("\r\n")[0]
        lines = [
            f"{method} sip:{user}@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/UDP {HOST}:5060;branch={branch or f'z9hG4bK{self.new_id()}'}",
            f"From: <sip:phone@{HOST}>;tag={from_tag or self.new_id()}",
            f"To: <sip:{user}@127.0.0.1>{f';tag={to_tag}' if to_tag else ''}",
            f"Call-ID: {call}",
            f"CSeq: {number} {method}",
            "Max-Forwards: 70",
            f"Contact: <sip:phone@{HOST}:5060>",
            *headers,
        ]
        if content:
            lines += [f"Content-Type: {kind}"]
        lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join([*lines, "", ""]).encode() + content

    def call(self, method: str = "OPTIONS", **how: Any) -> Call:
        """The same, handed over. Raises: Skipped if such a proxy does not."""
        return self.hand_over(self.make(method, **how), method)

    def hand_over(self, text: bytes, method: str, *, stateless: bool = False) -> Call:
        """Hand a text over as it is. Raises: Skipped if such a proxy does not."""
        done = self.hand(text, stateless=stateless)
        for outcome in done:
            if isinstance(outcome, did.Event):
                return Call(text, method, outcome.hash_index or 0, outcome.label or 0)
        told = ", ".join(one.reason for one in done if isinstance(one, did.Refused))
        if _NOBODY in told:
            raise Differs("an application server that is bound", told)
        raise Skipped(f"{self.dialect.name} hands no such request over: {told}")

    # What comes back.

    async def replied(
        self, call: Call, code: int = 0, *, final: bool = True, within: float | None = None
    ) -> did.Replied:
        """Its next reply: with that status, or any final one, or any but 100."""

        def fits(item: Any) -> did.Replied | None:
            if not isinstance(item, did.Replied) or not _is_for(item, call):
                return None
            if code:
                return item if item.status == code else None
            return item if item.status >= (FIRST_FINAL if final else 101) else None

        wanted = str(code) if code else "a final reply" if final else "a reply"
        return await self.expect(f"{wanted} to {call.method}", fits, within=within)

    async def no_reply(self, call: Call) -> None:
        """Make sure that it sends no action for that transaction."""

        def fits(item: Any) -> Received | None:
            if isinstance(item, Received) and isinstance(item.frame, Reply):
                ids = item.frame.hash_index, item.frame.label
                return item if ids == (call.hash_index, call.label) else None
            return None

        await self.forbid(f"nothing in answer to {call.method}", fits)

    async def action(self, what: str, kind: type[ActionT]) -> ActionT:
        """The next action of that kind."""

        def fits(item: Any) -> ActionT | None:
            is_one = isinstance(item, Received) and isinstance(item.frame, kind)
            return item.frame if is_one else None

        return await self.expect(what, fits)

    def forget(self, call: Call) -> None:
        """What has come for it so far is not looked at any more."""
        replies = self.replies_to(call)
        self.came = [
            item for item in self.came if not (isinstance(item, Received) and item.frame in replies)
        ]

    def replies_to(self, call: Call) -> list[Reply]:
        """The actions that have come for it so far, asked for or not."""
        frames = [item.frame for item in self.came if isinstance(item, Received)]
        ids = call.hash_index, call.label
        return [
            one for one in frames if isinstance(one, Reply) and (one.hash_index, one.label) == ids
        ]

    def mistakes(self, *rules: str) -> list[did.Mistake]:
        """Those that it has made meanwhile, by rule, or all."""
        found = [item for item in self.came if isinstance(item, did.Mistake)]
        return [one for one in found if not rules or one.rule in rules]

    async def works(self) -> None:
        """It still answers, on the same connection."""
        for item in self.came:
            if isinstance(item, Gone):
                raise Differs("a connection that stays", self.describe(item))
        await self.replied(self.call(), final=False)

    async def lives(self) -> None:
        """It still answers, on a new connection if need be."""
        call = self.call() if not self.is_gone else None

        def fits(item: Any) -> Any:
            if isinstance(item, Gone):
                return item
            ours = call is not None and isinstance(item, did.Replied) and _is_for(item, call)
            return item if ours and item.status > _TRYING else None

        found = await self.expect("an answer, or the end of the connection", fits)
        if isinstance(found, Gone):
            await self.comes_back()
            await self.replied(self.call(), final=False)

    @property
    def is_gone(self) -> bool:
        """Whether its connection has ended meanwhile."""
        return any(isinstance(item, Gone) for item in self.came)


def statuses(replies: Sequence[Reply]) -> list[int]:
    """Of what their texts say."""
    return [status(reply.text) or 0 for reply in replies]


def _is_for(reply: did.Replied, call: Call) -> bool:
    return (reply.hash_index, reply.label) == (call.hash_index, call.label)
