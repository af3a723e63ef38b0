"""Recorded SIP calls as events to an application server: we are the proxy."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from seastool.capture.live import Traffic
from seastool.errors import NotConnected
from seastool.net.far_end import FarEnd
from seastool.net.openser import Openser, Options
from seastool.net.replay_seas_call import Play
from seastool.net.replay_seas_play import SeasReplay, Told
from seastool.replay.conversation import Due, Part, Schedule, inbound, parts_of
from seastool.replay.conversation.parts import REQUESTS
from seastool.replay.fields import SipFields
from seastool.replay.messages import RecordedCall
from seastool.replay.rewriting import Place, Rewriting
from seastool.seas.builder import Receive
from seastool.seas.connection.openser_events import Happening, Peer
from seastool.seas.openser import outcomes as did
from seastool.sip.incoming import COOKIE
from seastool.sip.reply import respond

_TRYING: Final = 100


class CallsToAppServer(SeasReplay):
    """Plays the clients of recorded calls to the application server that connects to our ports.

    async with CallsToAppServer(calls, port=5080) as replay:
        await replay.there(10)
        result = await replay.play()

    Requests become events, replies are compared with the recorded responses; 100 is the proxy's
    own and is not. far_end: statuses that answer what the application server sends beside the
    recorded calls.
    """

    def __init__(
        self,
        calls: Sequence[RecordedCall],
        *,
        host: str = "127.0.0.1",
        port: int = 5080,
        schedule: Schedule | None = None,
        options: Options | None = None,
        far_end: Sequence[int] = (180, 200),
        traffic: Traffic | None = None,
        on_happening: Callable[[Happening], None] | None = None,
        on_difference: Told | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(schedule or Schedule(), on_difference=on_difference, on_note=on_note)
        self.calls, notes = inbound(calls)
        for call in self.calls:
            notes += call.notes
        for text in notes:
            self.note(text)
        self._plans = [parts_of(call) for call in self.calls]
        self.openser = Openser(
            host=host,
            port=port,
            options=options,
            traffic=traffic,
            on_happening=on_happening,
            on_outcome=self._outcome,
        )
        loop = asyncio.get_running_loop()
        self._far_end = FarEnd(
            far_end, lambda sip: loop.call_soon(self._respond, sip), self._new_token
        )
        self._sending: tuple[Play, Hashable] | None = None

    # See SeasReplay.

    unsent = "message {} cannot be sent"

    async def open(self) -> None:
        await self.openser.start()

    async def close(self) -> None:
        await self.openser.close()

    async def ready(self) -> None:
        await self.openser.bound()

    def spans(self) -> list[tuple[int, int]]:
        return [(call.start_ns, call.steps[-1].message.time_ns) for call in self.calls]

    def make(self, due: Due) -> Play:
        call = self.calls[due.which]
        play = Play(self, due, call.call_id, [_copy(part) for part in self._plans[due.which]])
        play.ids["rewriting"] = Rewriting(call, place_of(call), None, self._new_token)
        return play

    def is_passive(self, which: int) -> bool:
        return not self._plans[which][0].is_ours

    def put(self, play: Play, part: Part) -> None:
        if part.start[1]:
            self._send_response(play, part)
        else:
            self._send_request(play, part)

    def _send_request(self, play: Play, part: Part) -> None:
        fields = SipFields(part.text)
        branch = play.ids.setdefault(("branch", fields.branch), COOKIE + self._new_token())
        rewriting: Rewriting = play.ids["rewriting"]
        text, _ = rewriting.request(part.text, branch=branch)
        self.lead(rewriting.call_id, play)
        self._sending = (play, fields.cseq) if fields.method != b"ACK" else None
        try:
            done = self.openser.request(text, self._receive(play))
        finally:
            self._sending = None
        for outcome in done:
            if isinstance(outcome, did.Refused | did.Absorbed):
                method = fields.method.decode("latin-1")
                self.note(f"{play.name}: {method} (message {part.number}): {outcome.reason}")

    def _receive(self, play: Play) -> Receive:
        client = self.calls[play.due.which].client
        if client is None:
            return self.openser.receive_from()
        return self.openser.receive_from(client.packed, client.port)

    def _send_response(self, play: Play, part: Part) -> None:
        fields = SipFields(part.text)
        asked = play.requests.get(fields.cseq)
        if asked is None:
            return  # the request that it is for has not come, as was told
        tag = play.ids.setdefault(("tag", fields.to_tag), self._new_token())
        has_tag = bool(SipFields(asked).to_tag)
        headers = b"".join(
            b"%s: %s\r\n" % (field.name, field.value)
            for field in fields.fields
            if field.key not in _OF_REQUEST
        )
        text = respond(
            asked,
            fields.status,
            fields.reason,
            tag=b"" if has_tag or not fields.to_tag else tag,
            headers=headers,
            body=fields.body,
        )
        self.openser.response(text, self._receive(play))

    # What the application server does.

    def _outcome(self, peer: Peer, outcome: did.Outcome) -> None:
        if isinstance(outcome, did.Event):
            if self._sending is not None and outcome.hash_index is not None:
                self.lead((outcome.hash_index, outcome.label), *self._sending)
        elif isinstance(outcome, did.Replied):
            self._replied(outcome)
        elif isinstance(outcome, did.Requested | did.Cancelled):
            self._requested(outcome)

    def _replied(self, outcome: did.Replied) -> None:
        if outcome.repeated or outcome.status == _TRYING:
            return
        found = self.led((outcome.hash_index, outcome.label)) or self._sending
        if found is None:
            return  # of a call that is over
        play, key = found
        part = play.received(key, outcome.sip)
        if part is not None or play.one_sided:
            then = part.text if part is not None else outcome.sip
            play.ids["rewriting"].learn_response(then, outcome.sip)

    def _requested(self, outcome: did.Requested | did.Cancelled) -> None:
        fields = SipFields(outcome.sip)
        found = self.led(fields.call_id)
        if found is None:
            self._far_end.happened(outcome)
            return
        play = found[0]
        play.requests[fields.cseq] = outcome.sip
        part = play.received(REQUESTS, outcome.sip)
        if part is None:
            self._far_end.happened(outcome)
        else:
            play.ids["rewriting"].learn_request(part.text, outcome.sip)
            then = SipFields(part.text).cseq
            play.requests[then] = outcome.sip

    def _respond(self, sip: bytes) -> None:
        try:
            self.openser.response(sip)
        except NotConnected:
            return  # whoever asked has left

    def _new_token(self) -> bytes:
        return b"%016x" % self.openser.random.getrandbits(64)


_OF_REQUEST: Final = frozenset(
    {b"via", b"from", b"to", b"call-id", b"cseq", b"content-length", b"record-route"}
)


def place_of(call: RecordedCall) -> Place:
    """The client as it was recorded, so that nothing is moved."""
    first = next(step.message for step in call.steps if step.by_client)
    if first.source is not None:
        return Place(first.source.host.encode(), first.source.port, first.transport.encode())
    return _place_in(SipFields(first.data).first(b"via"))


def _place_in(via: bytes) -> Place:
    protocol, _, rest = via.partition(b" ")
    sent_by = rest.strip().partition(b";")[0].strip()
    host, colon, port = sent_by.rpartition(b":")
    if not colon or not port.isdigit():
        host, port = sent_by, b"5060"
    transport = b"tcp" if protocol.upper().endswith(b"TCP") else b"udp"
    return Place(host.strip(b"[]") or b"127.0.0.1", int(port) & 0xFFFF, transport)


def _copy(part: Part) -> Part:
    return Part(
        part.step,
        part.number,
        part.text,
        part.is_ours,
        part.key,
        part.delay,
        part.unit,
        part.data,
    )
