"""The events of a SEAS capture to an application server, as they were: we are the proxy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from seastool.capture.live import Traffic
from seastool.net.openser import Openser, Options
from seastool.net.replay_seas_call import Play
from seastool.net.replay_seas_play import SeasReplay, Told
from seastool.replay.conversation import Asked, Due, Identities, Part, Schedule, SeasSession
from seastool.replay.conversation.parts import REQUESTS
from seastool.replay.conversation.seas_session import spans_of
from seastool.replay.fields import SipFields
from seastool.seas.builder import Receive, build_event
from seastool.seas.connection.openser_events import Happening, Received
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Bind,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
)
from seastool.seas.types import EventType, Socket

_BITS_32: Final = 0xFFFFFFFF


class _Ports(Openser):
    """Ports of a proxy that has no transactions of its own: actions are only told."""

    def _action(self, event: Received) -> None:
        if isinstance(event.frame, Bind | Unbind):
            super()._action(event)
        else:
            self._on_happening(event)


class EventsToAppServer(SeasReplay):
    """Sends the events of a recorded session to the application server that connects to our
    ports, and compares its actions with the recorded ones.

    async with EventsToAppServer(session, port=5080) as replay:
        await replay.there(10)
        result = await replay.play()

    An event goes out byte for byte, but for what the application server has chosen otherwise now
    (To tags, its own requests' Call-ID, From, CSeq and uac id), and in later rounds for Call-ID
    and label, which are fresh.
    """

    def __init__(
        self,
        session: SeasSession,
        *,
        host: str = "127.0.0.1",
        port: int = 5080,
        schedule: Schedule | None = None,
        options: Options | None = None,
        traffic: Traffic | None = None,
        on_happening: Callable[[Happening], None] | None = None,
        on_difference: Told | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(schedule or Schedule(), on_difference=on_difference, on_note=on_note)
        self.session = session
        for text in session.notes:
            self.note(text)
        options = options or Options()
        if session.sockets:
            options = replace(options, sockets=session.sockets)
        self._happening = on_happening or (lambda _: None)
        self.openser = _Ports(
            host=host, port=port, options=options, traffic=traffic, on_happening=self._happened
        )

    # See SeasReplay.

    async def open(self) -> None:
        await self.openser.start()

    async def close(self) -> None:
        await self.openser.close()

    async def ready(self) -> None:
        await self.openser.bound()

    def spans(self) -> Sequence[tuple[int, int]]:
        return list(spans_of(self.session.calls))

    def make(self, due: Due) -> Play:
        call = self.session.calls[due.which]
        parts = call.parts(events_are_ours=True)
        now = call.call_id
        if due.round and call.begins_at_proxy:
            now = _fresh(now, self.openser.random.getrandbits(64))
        play = Play(self, due, call.call_id, parts, Identities((call.call_id, now)))
        self.lead(now, play)
        return play

    def is_passive(self, which: int) -> bool:
        return not self.session.calls[which].begins_at_proxy

    def put(self, play: Play, part: Part) -> None:
        if isinstance(part.unit, AcResFail):
            self.openser.send(self._failure(play, part.unit))
        else:
            self.openser.send_bytes(Socket.EVENT, self._event(play, part))

    def _failure(self, play: Play, then: AcResFail) -> AcResFail:
        uac_id = play.ids.get(("uac", then.uac_id), then.uac_id)
        return AcResFail(uac_id=uac_id, error=then.error, reason=then.reason)

    def _event(self, play: Play, part: Part) -> bytes:
        """A recorded event as it is to be now; the same bytes if nothing is other."""
        then = part.unit
        if isinstance(then, ResIn):
            return self._response(play, part, then)
        shift = play.due.round
        text = part.text if play.identities.is_empty else play.identities.rewritten(part.text)
        if isinstance(then, TReqIn):
            self.lead(_ids(then, shift), play, (then.hash_index, then.label))
        if text == part.text and not shift:
            return part.data
        receive = _receive(then)
        processor, dialect = then.processor_id, self.session.dialect
        if isinstance(then, SlReqIn):
            return build_event(
                text, dialect, receive=receive, processor_id=processor, flags=then.flags
            )
        cancelled = None
        if then.cancelled_hash_index is not None and then.cancelled_label is not None:
            cancelled = then.cancelled_hash_index, (then.cancelled_label + shift) & _BITS_32
        hash_index, label = _ids(then, shift)
        return build_event(
            text,
            dialect,
            type=EventType.T_REQ_IN,
            receive=receive,
            processor_id=processor,
            flags=then.flags,
            hash_index=hash_index,
            label=label,
            cancelled=cancelled,
        )

    def _response(self, play: Play, part: Part, then: ResIn) -> bytes:
        uac_id = play.ids.get(("uac", then.uac_id), then.uac_id)
        asked = play.requests.get(then.uac_id)
        if not then.payload:
            head = ResIn.decode(part.data)
            head.uac_id = uac_id
            return part.data if uac_id == then.uac_id else head.encode()
        text = part.text
        if asked is not None or not play.identities.is_empty:
            text = play.identities.rewritten(part.text, asked=asked)
        if text == part.text and uac_id == then.uac_id:
            return part.data
        return build_event(
            text,
            self.session.dialect,
            type=EventType.RES_IN,
            receive=_receive(then),
            processor_id=then.processor_id,
            flags=then.flags,
            hash_index=then.hash_index,
            label=then.label,
            uac_id=uac_id,
            status=then.status,
        )

    # What the application server does.

    def _happened(self, event: Happening) -> None:
        if isinstance(event, Received):
            if isinstance(event.frame, Reply):
                self._reply(event.frame)
            elif isinstance(event.frame, UacReq | AcCancel | SlMsg):
                self._message(event.frame)
        self._happening(event)

    def _reply(self, frame: Reply) -> None:
        found = self.led((frame.hash_index, frame.label))
        if found is None:
            self.stray(SipFields(frame.text).call_id, frame.text)
            return
        play, key = found
        part = play.received(key, frame.text)
        if part is not None:
            play.identities.learn(SipFields(part.text), SipFields(frame.text))

    def _message(self, frame: UacReq | AcCancel | SlMsg) -> None:
        fields = SipFields(frame.text)
        found = self.led(fields.call_id)
        play = found[0] if found else self.begun(frame.text, frame)
        if play is None:
            self.stray(fields.call_id, frame.text)
            return
        self.lead(fields.call_id, play)
        play.start()
        part = play.received(REQUESTS if fields.is_request else fields.cseq, frame.text)
        if part is None:
            return
        then = SipFields(part.text)
        play.identities.learn(then, fields)
        if isinstance(frame, UacReq | AcCancel) and isinstance(part.unit, UacReq | AcCancel):
            play.ids["uac", part.unit.uac_id] = frame.uac_id
            if fields.cseq != then.cseq:
                play.requests[part.unit.uac_id] = Asked(then, fields)


def _ids(then: TReqIn, shift: int) -> tuple[int, int]:
    return then.hash_index, (then.label + shift) & _BITS_32


def _receive(event: TReqIn | SlReqIn | ResIn) -> Receive:
    return Receive(
        event.protocol,
        event.source_address,
        event.destination_address,
        event.source_port,
        event.destination_port,
    )


def _fresh(call_id: bytes, bits: int) -> bytes:
    """Another Call-ID of the same length, if it is not too short."""
    token = b"%016x" % bits
    return token[: len(call_id)] + call_id[len(token) :]
