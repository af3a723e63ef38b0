"""SIP texts and a proxy to play them to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from seastool.seas.builder import Receive
from seastool.seas.frames import (
    AcCancel,
    Bind,
    Reply,
    SlMsg,
    TReqIn,
    UacReq,
)
from seastool.seas.handshake import ListeningSocket
from seastool.seas.openser import (
    Behaviour,
    DrawnIdentifiers,
    Event,
    Mistake,
    Outcome,
    Replied,
    Settings,
    Transactions,
    usable,
)
from seastool.sip.reply import respond

Kind = TypeVar("Kind")
HOME = bytes((10, 0, 0, 1))
CALLER = bytes((10, 0, 0, 9))
RECEIVE = Receive(1, CALLER, HOME, 5060, 5060)
FROM_CALLEE = Receive(1, bytes((10, 0, 0, 7)), HOME, 5060, 5060)
SOCKET = ListeningSocket(protocol=1, name=b"10.0.0.1", address=b"10.0.0.1", port=5060)


class Counting:
    """A source of chance that counts, so that runs are alike."""

    def __init__(self) -> None:
        self.n = 0

    def getrandbits(self, k: int, /) -> int:
        self.n += 1
        return self.n & ((1 << k) - 1)


def text(*lines: str, body: bytes = b"") -> bytes:
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def request(
    method: str = "INVITE",
    *,
    n: int = 1,
    cseq: int = 1,
    branch: str | None = None,
    tag: str = "",
    from_tag: str = "f1",
    more: Sequence[str] = (),
    via: str = "SIP/2.0/UDP 10.0.0.9:5060",
    body: bytes = b"",
) -> bytes:
    """A caller's request; n numbers the call."""
    branch = branch if branch is not None else f"z9hG4bK-{n}-{cseq}"
    to = "To: <sip:bob@example.com>" + (f";tag={tag}" if tag else "")
    return text(
        f"{method} sip:bob@example.com SIP/2.0",
        f"Via: {via}" + (f";branch={branch}" if branch else ""),
        f"From: <sip:alice@example.com>;tag={from_tag}",
        to,
        f"Call-ID: call-{n}@example.com",
        f"CSeq: {cseq} {method}",
        *more,
        f"Content-Length: {len(body)}",
        body=body,
    )


def uac(
    method: str = "INVITE",
    *,
    cseq: int | str = 2,
    from_: str | None = '"AS" <sip:as@example.com>;tag=ast',
    to: str | None = "<sip:callee@10.0.0.7>",
    call_id: str | None = "uac-1@as",
    uri: str = "sip:callee@10.0.0.7",
    more: Sequence[str] = (),
    body: bytes = b"",
) -> bytes:
    """A request of the application server's."""
    lines = [f"{method} {uri} SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKas"]
    lines += [f"From: {from_}"] if from_ is not None else []
    lines += [f"To: {to}"] if to is not None else []
    lines += [f"Call-ID: {call_id}"] if call_id is not None else []
    lines += [f"CSeq: {cseq} {method}"] if cseq != "" else []
    return text(*lines, *more, f"Content-Length: {len(body)}", body=body)


class Play:
    """One proxy with one application server, bound; time goes on by `at`."""

    def __init__(
        self,
        behaviour: Behaviour | None = None,
        settings: Settings | None = None,
        *,
        bound: bool = True,
    ) -> None:
        self.now = 100.0
        self.behaviour = behaviour or usable()
        self.machine = Transactions(
            DrawnIdentifiers(Counting()),
            behaviour=self.behaviour,
            sockets=[SOCKET],
            settings=settings,
        )
        if bound:
            self.machine.action(Bind(processor_id=1, address=HOME, protocol=1, port=5060), self.now)

    def at(self, seconds: float) -> list[Outcome]:
        """So many seconds later."""
        self.now += seconds
        return self.machine.handle_timer(self.now)

    def asks(self, sip: bytes, **how: bool) -> list[Outcome]:
        """A caller sends a request."""
        return self.machine.request(sip, RECEIVE, self.now, **how)

    def opens(self, sip: bytes) -> TReqIn:
        """The same, which has to make an event."""
        (event,) = of(self.asks(sip), Event)
        return TReqIn.decode(event.frame)

    def replies(
        self,
        event: TReqIn,
        sip: bytes,
        type: int = 2,
    ) -> list[Outcome]:
        """The application server replies."""
        action = Reply(
            type=type,
            processor_id=1,
            hash_index=event.hash_index,
            label=event.label,
            text=sip,
        )
        return self.machine.action(action, self.now)

    def sends(self, sip: bytes, uac_id: int = 7, **how: int) -> list[Outcome]:
        """The application server sends a request."""
        action = UacReq(uac_id=uac_id, text=sip, **({"processor_id": 1} | how))
        return self.machine.action(action, self.now)

    def cancels(
        self, ids: tuple[int, int], sip: bytes | None = None, uac_id: int = 8, flags: int = 0
    ) -> list[Outcome]:
        """The application server cancels."""
        action = AcCancel(
            uac_id=uac_id,
            processor_id=1,
            flags=flags,
            hash_index=ids[0],
            label=ids[1],
            text=sip if sip is not None else uac("CANCEL"),
        )
        return self.machine.action(action, self.now)

    def passes(self, sip: bytes) -> list[Outcome]:
        """The application server sends without transaction."""
        return self.machine.action(SlMsg(processor_id=1, text=sip), self.now)

    def hears(self, sip: bytes) -> list[Outcome]:
        """A callee sends a response."""
        return self.machine.response(sip, FROM_CALLEE, self.now)


def answer(
    sip: bytes,
    status: int = 200,
    reason: bytes = b"OK",
    *,
    tag: bytes = b"t1",
    headers: bytes = b"",
    body: bytes = b"",
) -> bytes:
    """A response to a request."""
    return respond(sip, status, reason, tag=tag, headers=headers, body=body)


def of(outcomes: list[Outcome], kind: type[Kind]) -> list[Kind]:
    """The outcomes of a kind."""
    return [outcome for outcome in outcomes if isinstance(outcome, kind)]


def one(outcomes: list[Outcome], kind: type[Kind]) -> Kind:
    """The only outcome of a kind."""
    (found,) = of(outcomes, kind)
    return found


def kinds(outcomes: list[Outcome]) -> list[str]:
    """What the outcomes are, by name."""
    return [type(outcome).__name__ for outcome in outcomes]


def rules(outcomes: list[Outcome]) -> list[str]:
    """The rules of the mistakes."""
    return [outcome.rule for outcome in of(outcomes, Mistake)]


def replied(outcomes: list[Outcome]) -> bytes:
    """The SIP response that goes out."""
    return one(outcomes, Replied).sip


def header(sip: bytes, name: str) -> list[bytes]:
    """The values of a header."""
    head = sip.partition(b"\r\n\r\n")[0]
    prefix = name.encode() + b": "
    return [line[len(prefix) :] for line in head.split(b"\r\n") if line.startswith(prefix)]
