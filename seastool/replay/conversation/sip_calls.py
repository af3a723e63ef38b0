"""Recorded SIP calls as a proxy hands them to its application server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seastool.replay.conversation.parts import REQUESTS, Part
from seastool.replay.fields import SipFields
from seastool.replay.messages import RecordedCall

_NANO = 1e-9
_TRYING = 100


def inbound(calls: Iterable[RecordedCall]) -> tuple[list[RecordedCall], list[str]]:
    """The calls that were made to the server of the recording, and notes on those left out.

    The server is whom most calls go to; a call that comes from there is its own.
    """
    calls = list(calls)
    places = Counter(
        step.message.destination
        for call in calls
        if (step := next((step for step in call.steps if step.by_client), None)) is not None
        and step.message.destination is not None
    )
    server = places.most_common(1)[0][0] if places else None
    kept = [call for call in calls if server is None or call.client != server]
    kept = [call for call in kept if any(step.by_client for step in call.steps)]
    notes = []
    if left := len(calls) - len(kept):
        notes.append(f"{left} calls are left out: the recorded server began them itself")
    return kept, notes


def parts_of(call: RecordedCall) -> list[Part]:
    """The steps without retransmissions and without 100, which is the proxy's own."""
    parts: list[Part] = []
    delay = 0.0
    for number, step in enumerate(call.steps, 1):
        delay += step.delay_ns * _NANO
        fields = SipFields(step.message.data)
        if step.is_retransmission or fields.status == _TRYING:
            continue
        key = fields.cseq if fields.status else REQUESTS
        message = step.message
        parts.append(Part(number, message.number, message.data, step.by_client, key, delay))
        delay = 0.0
    return parts
