"""Responses: of the application server to what came in, of a far end to the server's requests."""

from __future__ import annotations

from dataclasses import dataclass

from seastool.scenario.endpoint import Refusal
from seastool.scenario.errors import Place
from seastool.scenario.operations.program import Operation, Runner, StepFailed
from seastool.scenario.operations.sending import begin_message, render
from seastool.scenario.texts.answers import response_head
from seastool.scenario.texts.call import Call, Exchange, Unset
from seastool.scenario.texts.message_text import MessageText
from seastool.scenario.texts.scope import BUILT_IN
from seastool.scenario.texts.template import Template
from seastool.seas import frames
from seastool.seas.types import ActionType
from seastool.sip.parts import bytes_of
from seastool.sip.parts import status as status_of
from seastool.sip.reasons import reason_of

_FIRST_FINAL = 200


@dataclass(slots=True, eq=False)
class Answer:
    """A response to be: text, or status and what goes with it. to: "" for what came last."""

    to: str
    text: MessageText | None
    status: int
    reason: Template | None
    headers: tuple[tuple[str, Template], ...]
    body: Template | None
    to_tag: Template | None
    type: str
    faked: bool

    def exchange(self, call: Call) -> Exchange:
        """What it answers. Raises: Unset."""
        found = call.exchange(self.to) if self.to else call.request
        if found is None:
            raise Unset("no request came yet that this could answer")
        return found

    def render(self, run: Runner, call: Call, exchange: Exchange, via: str = "") -> bytes:
        """The response. Raises: Unset."""
        if self.text is not None:
            return render(run, call, self.text)
        tag = call.tag if self.to_tag is None else self.to_tag.render(call)
        reason = self.reason.render(call) if self.reason else reason_of(self.status)
        parts = [response_head(exchange.request, self.status, reason, tag, via)]
        parts += [bytes_of(f"{name}: {value.render(call)}\r\n") for name, value in self.headers]
        body = bytes_of(self.body.render(call)) if self.body else b""
        if body or not run.bare:
            parts.append(b"Content-Length: %d\r\n" % len(body))
        return b"".join([*parts, b"\r\n", body])


@dataclass(slots=True, eq=False)
class SendReply(Operation):
    """REPLY_PROV or REPLY_FIN, or SL_MSG to a stateless request (role appserver)."""

    index: int
    place: Place
    title: str
    answer: Answer

    def step(self, run: Runner, call: Call) -> bool:
        exchange = self.answer.exchange(call)
        begin_message(call)
        text = self.answer.render(run, call, exchange)
        exchange.response = text
        call.at = self.index + 1
        if exchange.stateless:
            run.endpoint.send_frame(frames.SlMsg(processor_id=call.processor_id, text=text))
            return True
        if exchange.hash_index is None or exchange.label is None:
            raise Unset("what this would answer has no transaction")
        frame = frames.Reply(
            type=self._type(text),
            processor_id=call.processor_id,
            hash_index=exchange.hash_index,
            label=exchange.label,
            text=text,
        )
        run.endpoint.send_frame(frame)
        return True

    def _type(self, text: bytes) -> int:
        if self.answer.type:
            return ActionType[self.answer.type]
        status = self.answer.status or status_of(text) or _FIRST_FINAL
        return ActionType.REPLY_PROV if status < _FIRST_FINAL else ActionType.REPLY_FIN


@dataclass(slots=True, eq=False)
class SendResponse(Operation):
    """RES_IN: a response to a request of the application server (role openser)."""

    index: int
    place: Place
    title: str
    answer: Answer

    def step(self, run: Runner, call: Call) -> bool:
        exchange = self.answer.exchange(call)
        if exchange.uac_id is None:
            raise Unset("what this would answer is no request of the application server")
        begin_message(call)
        call.receive = call.receive or run.receive_info
        text: bytes | None = None
        if not self.answer.faked:
            text = self.answer.render(run, call, exchange, self._via(call))
            exchange.response = text
        answer = run.openser.respond(exchange.uac_id, text)
        if isinstance(answer, Refusal):
            raise StepFailed(f"the proxy does not pass it on: {answer.reason}")
        exchange.hash_index, exchange.label = answer
        run.adopt(call, exchange)
        call.last = exchange
        call.at = self.index + 1
        return True

    def _via(self, call: Call) -> str:
        """The proxy's own: it takes the application server's out."""
        return f"SIP/2.0/UDP {BUILT_IN['destination'](call)};branch={call.branch}"
