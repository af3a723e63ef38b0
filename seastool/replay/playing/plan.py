"""The steps of a recorded call as they are to be played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seastool.replay.fields import SipFields
from seastool.replay.messages import RecordedCall
from seastool.replay.rewriting.draft import Draft
from seastool.sip.reply import ReplyForm
from seastool.sip.transactions import ServerTransaction

_NANO = 1e-9


@dataclass(slots=True)
class Part:
    """One step that is played or waited for.

    step: its number among the steps of the call, from 1. method: of a response, CSeq's. status: 0
    of a request. delay: seconds since the part before. answers: the request of the other side
    that a response of the client's is for. time: when it was done.
    transaction, form: of a request of the other side that has come.
    """

    step: int
    number: int
    data: bytes
    by_client: bool
    method: bytes
    status: int
    cseq: int
    delay: float
    answers: Part | None = None
    is_done: bool = False
    time: float = 0.0
    transaction: ServerTransaction | None = None
    form: ReplyForm | None = None

    @property
    def is_reply(self) -> bool:
        """Whether it is a response of the client's."""
        return self.by_client and bool(self.status)


def parts_of(call: RecordedCall) -> list[Part]:
    """The steps to play: without retransmissions, and without the client's ACKs to failures,
    both of which transactions send by themselves."""
    parts: list[Part] = []
    delay = 0.0
    for number, step in enumerate(call.steps, 1):
        delay += step.delay_ns * _NANO
        if step.is_retransmission:
            continue
        fields = SipFields(step.message.data)
        cseq, method = fields.cseq
        part = Part(
            number,
            step.message.number,
            step.message.data,
            step.by_client,
            fields.method or method,
            fields.status,
            cseq,
            delay,
        )
        if step.by_client and part.method == b"ACK" and _is_of_failure(part, parts):
            continue
        if part.is_reply:
            part.answers = _asked(part, parts)
        parts.append(part)
        delay = 0.0
    return parts


def _is_of_failure(ack: Part, before: list[Part]) -> bool:
    """Whether an ACK is to a final response other than 2xx, going by the latest one, or without
    one by the branch, which is the INVITE's own (RFC 3261 section 17.1.1.3)."""
    for part in reversed(before):
        if part.cseq != ack.cseq or part.method != b"INVITE":
            continue
        if not part.by_client and part.status >= 200:
            return part.status >= 300
        if part.by_client and not part.status:
            return _via(part.data) == _via(ack.data)
    return False


def _via(data: bytes) -> bytes:
    return Draft(data).first(b"via")


def _asked(reply: Part, before: list[Part]) -> Part | None:
    """The latest request of the other side that a response is for."""
    for part in reversed(before):
        if part.by_client or part.status:
            continue
        if (part.cseq, part.method) == (reply.cseq, reply.method):
            return part
    return None


def replies_to(asked: Part, parts: list[Part]) -> Iterator[tuple[Part, float]]:
    """The client's responses to a request, each with its recorded delay since the request."""
    delay, is_behind = 0.0, False
    for part in parts:
        if is_behind:
            delay += part.delay
        if part.answers is asked:
            yield part, delay
        is_behind = is_behind or part is asked
