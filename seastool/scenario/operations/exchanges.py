"""A frame that was expected, put into the transactions of its call."""

from __future__ import annotations

from seastool.scenario.matching.incoming import Incoming
from seastool.scenario.matching.matcher import Matcher
from seastool.scenario.matching.routing import exchange_keys
from seastool.scenario.operations.program import Runner, StepFailed
from seastool.scenario.texts.call import Call, Exchange
from seastool.seas import frames
from seastool.seas.builder import Receive

_REQUESTS = (frames.TReqIn, frames.SlReqIn, frames.UacReq, frames.AcCancel, frames.SlMsg)
_ALWAYS_NEW = (frames.SlReqIn, frames.UacReq, frames.AcCancel, frames.SlMsg)


def accept(run: Runner, call: Call, incoming: Incoming, matcher: Matcher) -> None:
    """Keep of a frame what later steps may ask. Raises: StepFailed for an empty capture."""
    exchange = _exchange(run, call, incoming)
    if matcher.name:
        if _is_request(incoming) and exchange.request is not incoming.text:
            exchange = _beside(exchange, incoming)
        call.exchanges[matcher.name] = exchange
    for capture in matcher.captures:
        value = capture.value(incoming)
        if value is None:
            raise StepFailed(f"capture {capture.variable}: {capture.field.name} is not there")
        call.variables[capture.variable] = value


def _is_request(incoming: Incoming) -> bool:
    return isinstance(incoming.frame, _REQUESTS) and incoming.status is None


def _exchange(run: Runner, call: Call, incoming: Incoming) -> Exchange:
    """The transaction that a frame belongs to, a new one for a new request."""
    keys = exchange_keys(incoming.frame)  # the first is its own
    is_request = _is_request(incoming)
    known = call.by_key.get(keys[0]) if keys else None
    if known is None or (is_request and isinstance(incoming.frame, _ALWAYS_NEW)):
        known = Exchange(incoming.text if is_request else b"", incoming.now, ours=False)
        _note_numbers(call, known, incoming)
        if is_request:
            _note_request(call, known, incoming)
            run.adopt_call_id(call, incoming.text)
        run.adopt(call, known)
    elif isinstance(incoming.frame, frames.ResIn) and known.label is None:
        _note_numbers(call, known, incoming)
        run.adopt(call, known)
    if not is_request and incoming.text:
        known.response = incoming.text
    if known.label is not None:
        call.last = known
    if known.uac_id is not None:
        call.uac = known
    return known


def _note_numbers(call: Call, exchange: Exchange, incoming: Incoming) -> None:
    frame = incoming.frame
    if isinstance(frame, frames.TReqIn | frames.ResIn | frames.Reply):
        exchange.hash_index, exchange.label = frame.hash_index, frame.label
    if isinstance(frame, frames.ResIn | frames.UacReq | frames.AcCancel):
        exchange.uac_id = frame.uac_id


def _note_request(call: Call, exchange: Exchange, incoming: Incoming) -> None:
    frame = incoming.frame
    exchange.stateless = isinstance(frame, frames.SlReqIn | frames.SlMsg)
    if isinstance(frame, frames.TReqIn | frames.SlReqIn):
        call.processor_id = frame.processor_id
        call.receive = exchange.receive = Receive(
            frame.protocol,
            frame.source_address,
            frame.destination_address,
            frame.source_port,
            frame.destination_port,
        )
    if not exchange.request.startswith(b"ACK "):
        call.request = exchange


def _beside(exchange: Exchange, incoming: Incoming) -> Exchange:
    """The ACK of an INVITE: it has the INVITE's transaction, and a name of its own."""
    beside = Exchange(incoming.text, incoming.now, ours=False)
    beside.hash_index, beside.label = exchange.hash_index, exchange.label
    beside.uac_id, beside.receive = exchange.uac_id, exchange.receive
    return beside
