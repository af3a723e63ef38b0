"""One case: what is sent through a proxy, and what its application server answers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from table_app_server import Answer, Call, Cancel, Without

ANSWERED = "as-tag"  # the tag that an application server gives


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everybody is, all on 127.0.0.1."""

    sip: int
    seas: int
    caller: int
    callee: int


@dataclass(frozen=True, slots=True)
class Respond:
    """The callee answers the last request that it got. tag: To's, empty for none. of: the method
    of the request, if it is not the last."""

    status: int
    reason: str = "Fine"
    tag: str = "callee-tag"
    of: str = ""


Step = bytes | Respond


@dataclass(slots=True)
class Case:
    """Steps, each after all that the one before has caused. late: how many failures and time-outs
    are waited for. answers: by method, and by status to
    what comes of requests of its own."""

    name: str
    steps: Sequence[Step]
    answers: dict[str, tuple[Answer | Call | Cancel | Without, ...]] = field(default_factory=dict)
    late: int = 0


class Requests:
    """Requests of the caller's, one like the other but for what is said."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    def __call__(
        self,
        case: str,
        method: str = "OPTIONS",
        *,
        uri: str = "",
        branch: str = "1",
        cseq: str = "",
        to_tag: str = "",
        via: str = "",
        headers: str = "",
        body: bytes = b"",
        replacing: Sequence[tuple[str, str]] = (),
    ) -> bytes:
        """headers: whole lines; via: behind the branch. replacing: text, each found once."""
        target = f"127.0.0.1:{self.ports.sip}"
        here = f"127.0.0.1:{self.ports.caller}"
        tag = f";tag={to_tag}" if to_tag else ""
        text = (
            f"{method} {uri or f'sip:bob@{target}'} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {here};branch=z9hG4bK-{case}-{branch}{via}\r\n"
            f"From: <sip:alice@{here}>;tag=from-{case}\r\nTo: <sip:bob@{target}>{tag}\r\n"
            f"Call-ID: {case}@parity\r\nCSeq: {cseq or '1 ' + method}\r\n"
            f"Max-Forwards: 70\r\nContact: <sip:alice@{here}>\r\n{headers}"
        )
        if body:
            text += f"Content-Length: {len(body)}\r\n"
        text += "\r\n"
        for old, new in replacing:
            if text.count(old) != 1:
                raise ValueError(f"{case}: {old!r} is there {text.count(old)} times")
            text = text.replace(old, new)
        return text.encode() + body
