"""Requests of either side, and bytes that are no usual frame at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from seastool.scenario.endpoint import Refusal
from seastool.scenario.errors import Place
from seastool.scenario.operations.program import Operation, Runner, StepFailed
from seastool.scenario.texts.answers import ack_of, cancel_of
from seastool.scenario.texts.call import Call, Exchange, Unset
from seastool.scenario.texts.message_text import MessageText
from seastool.seas import frames
from seastool.seas.builder import Receive
from seastool.seas.codec import encode_frame
from seastool.seas.frames import Frame
from seastool.seas.types import Socket
from seastool.sip.parts import bytes_of


def render(run: Runner, call: Call, message: MessageText) -> bytes:
    """The text of the next message of a call."""
    if message.counts:
        call.cseq += 1
    return message.render(call, bare=run.bare)


def begin_message(call: Call) -> None:
    """What is sent next has a branch of its own."""
    call.message += 1
    call.sent_at = call.now


def sent(run: Runner, call: Call, exchange: Exchange, name: str) -> None:
    """A request is out: frames that answer it are the call's."""
    run.adopt(call, exchange)
    if exchange.label is not None:
        call.last = exchange
    if name:
        call.exchanges[name] = exchange


@dataclass(slots=True, eq=False)
class SendRequest(Operation):
    """A SIP request that comes in at the proxy: T_REQ_IN or SL_REQ_IN.

    message: None for an ACK or CANCEL made from the transaction `of`.
    """

    index: int
    place: Place
    title: str
    message: MessageText | None
    name: str
    ack: str
    cancel: str
    stateless: bool
    receive: Receive | None
    processor_id: int | None

    def step(self, run: Runner, call: Call) -> bool:
        receive = self.receive or run.receive_info
        call.receive = receive
        begin_message(call)
        text = made_text(run, call, self.message, self.ack, self.cancel)
        run.adopt_call_id(call, text)
        answer = run.openser.request(
            text, receive, stateless=self.stateless, processor_id=self.processor_id
        )
        exchange = Exchange(text, call.now, ours=True)
        exchange.receive, exchange.stateless = receive, self.stateless
        if isinstance(answer, Refusal):
            if not self.ack:  # there are servers that pass no ACK on
                raise StepFailed(f"the proxy does not pass it on: {answer.reason}")
            run.log(call, f"the proxy does not pass the ACK on: {answer.reason}")
        elif not self.stateless:
            exchange.hash_index, exchange.label = answer
        if self.ack:
            if self.name:
                call.exchanges[self.name] = exchange
        else:
            sent(run, call, exchange, self.name)
        call.at = self.index + 1
        return True


def made_text(run: Runner, call: Call, message: MessageText | None, ack: str, cancel: str) -> bytes:
    """The text of a request, or the ACK or CANCEL of a transaction. Raises: Unset."""
    if message is not None:
        return render(run, call, message)
    exchange = call.exchange(ack or cancel)
    if cancel:
        lines = cancel_of(exchange.request)
    elif exchange.response:
        lines = ack_of(exchange.request, exchange.response, call.branch)
    else:
        raise Unset(f"{ack} has no response yet that an ACK could be made for")
    length = [] if run.bare else ["Content-Length: 0"]
    return bytes_of("\r\n".join([*lines, *length, "", ""]))


@dataclass(slots=True, eq=False)
class SendAction(Operation):
    """A request of the application server's own: UAC_REQ, AC_CANCEL or SL_MSG."""

    index: int
    place: Place
    title: str
    message: MessageText | None
    name: str
    ack: str
    cancel: str
    stateless: bool
    spiral: bool
    processor_id: int | None

    def step(self, run: Runner, call: Call) -> bool:
        begin_message(call)
        uac_id = run.next_uac_id()
        if self.message is not None and self.message.counts and not call.cseq:
            call.cseq = 1  # the proxy would send a CSeq of 1 as 11
        text = made_text(run, call, self.message, self.ack, self.cancel)
        run.adopt_call_id(call, text)
        exchange = Exchange(text, call.now, ours=True)
        exchange.uac_id = None if self.stateless else uac_id
        call.uac = call.uac if self.stateless else exchange
        sent(run, call, exchange, self.name)
        run.endpoint.send_frame(self._frame(call, text, uac_id))
        call.at = self.index + 1
        return True

    def _frame(self, call: Call, text: bytes, uac_id: int) -> Frame:
        processor_id = call.processor_id if self.processor_id is None else self.processor_id
        flags = frames.SPIRAL if self.spiral else 0
        if self.stateless:
            return frames.SlMsg(processor_id=processor_id, flags=flags, text=text)
        if not self.cancel:
            return frames.UacReq(processor_id=processor_id, flags=flags, uac_id=uac_id, text=text)
        invite = call.exchange(self.cancel)
        if invite.hash_index is None or invite.label is None:
            raise Unset(f"{self.cancel} has no transaction yet: none of its responses came")
        return frames.AcCancel(
            processor_id=processor_id,
            flags=flags,
            uac_id=uac_id,
            hash_index=invite.hash_index,
            label=invite.label,
            text=text,
        )


@dataclass(slots=True, eq=False)
class SendFrame(Operation):
    """A frame by its type and fields. socket: None for the one that it belongs on."""

    index: int
    place: Place
    title: str
    make: Callable[[Runner, Call], Frame]
    socket: Socket | None

    def step(self, run: Runner, call: Call) -> bool:
        begin_message(call)
        frame = self.make(run, call)
        if self.socket is None:
            run.endpoint.send_frame(frame)
        else:
            data = encode_frame(frame, run.endpoint.dialect.layout)
            run.endpoint.send_bytes(self.socket, data)
        call.at = self.index + 1
        return True


@dataclass(slots=True, eq=False)
class SendBytes(Operation):
    """Bytes as they are."""

    index: int
    place: Place
    title: str
    socket: Socket
    data: bytes

    def step(self, run: Runner, call: Call) -> bool:
        begin_message(call)
        run.endpoint.send_bytes(self.socket, self.data)
        call.at = self.index + 1
        return True
