"""The actions of a SEAS capture to a proxy: we are the application server."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from seastool.capture.live import Traffic
from seastool.errors import SeasError
from seastool.net.app_endpoint import AppServerEndpoint, Options
from seastool.net.replay_seas_call import Play
from seastool.net.replay_seas_play import SeasReplay, Told
from seastool.net.user import Onlooker
from seastool.replay.conversation import Asked, Due, Identities, Part, Schedule, SeasSession
from seastool.replay.conversation.parts import REQUESTS
from seastool.replay.conversation.seas_session import failure_text, faked_text, spans_of
from seastool.replay.fields import SipFields
from seastool.seas.connection.app_server_events import Ready
from seastool.seas.dialect import Dialect
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Event,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
)
from seastool.seas.handshake import ListeningSocket
from seastool.seas.message import Message


class ActionsToProxy(SeasReplay):
    """Sends the actions of a recorded session to a proxy when it sends the like events.

    async with ActionsToProxy(session, port=5080) as replay:
        await replay.there(10)
        result = await replay.play()

    A call begins with the next event whose method is that of its first one; an action carries the
    ids that the proxy gave, and the identifiers of the live request. Live events are compared with
    the recorded ones.
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
        on_difference: Told | None = None,
        on_note: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(schedule or Schedule(), on_difference=on_difference, on_note=on_note)
        self.session = session
        for text in session.notes:
            self.note(text)
        self._dialect = session.dialect
        self._uac_ids = 0
        self.patience_to_begin = self.schedule.begin
        self.endpoint = AppServerEndpoint(
            host=host,
            port=port,
            options=options or as_recorded(session),
            traffic=traffic,
            log=on_note or (lambda _: None),
        )
        self.endpoint.user = _User(self)

    # See SeasReplay.

    async def open(self) -> None:
        self.endpoint.start()

    async def close(self) -> None:
        await self.endpoint.close()

    async def ready(self) -> None:
        await self.endpoint.ready()

    def spans(self) -> Sequence[tuple[int, int]]:
        return list(spans_of(self.session.calls))

    def make(self, due: Due) -> Play:
        call = self.session.calls[due.which]
        parts = call.parts(events_are_ours=False)
        if call.begins_at_proxy:
            return Play(self, due, call.call_id, parts)
        now = call.call_id
        if due.round:
            now = b"%s-%s" % (self.endpoint.new_id().encode(), now)
        play = Play(self, due, call.call_id, parts, Identities((call.call_id, now)))
        self.lead(now, play)
        return play

    def is_passive(self, which: int) -> bool:
        return self.session.calls[which].begins_at_proxy

    def causes(self, which: int) -> tuple[int, int] | None:
        return self.session.calls[which].cause

    def put(self, play: Play, part: Part) -> None:
        if (action := self._action(play, part)) is not None:
            self.endpoint.send(action)

    def _action(self, play: Play, part: Part) -> Reply | UacReq | AcCancel | SlMsg | None:
        """A recorded action for now; None, with a note, where what it is for has not come."""
        then = part.unit
        if isinstance(then, Reply):
            return self._reply(play, part, then)
        if isinstance(then, SlMsg):
            return self._stateless(play, part, then)
        text = play.identities.rewritten(part.text)
        fields = SipFields(text)
        if isinstance(then, AcCancel):
            ids = play.ids.get((then.hash_index, then.label))
            if ids is None:
                self._without(play, part, "the proxy has told no response to its INVITE")
                return None
            return AcCancel(
                processor_id=then.processor_id,
                flags=then.flags,
                uac_id=self._new_uac_id(play, then.uac_id),
                hash_index=ids[0],
                label=ids[1],
                text=text,
            )
        assert isinstance(then, UacReq)
        self.lead(fields.call_id, play)
        return UacReq(
            processor_id=then.processor_id,
            flags=then.flags,
            uac_id=self._new_uac_id(play, then.uac_id),
            text=text,
        )

    def _new_uac_id(self, play: Play, then: int) -> int:
        self._uac_ids += 1
        self.lead(("uac", self._uac_ids), play, then)
        return self._uac_ids

    def _reply(self, play: Play, part: Part, then: Reply) -> Reply | None:
        ids = play.ids.get((then.hash_index, then.label))
        if ids is None:
            self._without(play, part, "the request that it answers has not come")
            return None
        asked = play.requests.get((then.hash_index, then.label))
        return Reply(
            type=then.type,
            processor_id=then.processor_id,
            flags=then.flags,
            hash_index=ids[0],
            label=ids[1],
            text=play.identities.rewritten(part.text, asked=asked, vias=True),
        )

    def _stateless(self, play: Play, part: Part, then: SlMsg) -> SlMsg | None:
        fields = SipFields(part.text)
        if fields.is_request:
            text = play.identities.rewritten(part.text)
        else:
            asked = play.requests.get(("stateless", fields.cseq))
            if asked is None:
                self._without(play, part, "the request that it answers has not come")
                return None
            text = play.identities.rewritten(part.text, asked=asked, vias=True)
        return SlMsg(processor_id=then.processor_id, flags=then.flags, text=text)

    def _without(self, play: Play, part: Part, why: str) -> None:
        self.note(f"{play.name}: packet {part.number} is not sent: {why}")

    # What the proxy sends.

    def learn_dialect(self, dialect: Dialect) -> None:
        """How the proxy encodes messages, as far as it is known."""
        self._dialect = dialect

    def receive(self, frame: Event | AcResFail) -> None:
        """An event, or a failure."""
        if isinstance(frame, TReqIn | SlReqIn):
            self._request(frame)
        elif isinstance(frame, ResIn | AcResFail):
            self._response(frame)

    def _request(self, frame: TReqIn | SlReqIn) -> None:
        text = self._text(frame)
        fields = SipFields(text)
        found = self.led(fields.call_id)
        play = found[0] if found else self.begun(text, frame)
        if play is None:
            self.stray(fields.call_id, text)
            return
        self.lead(fields.call_id, play)
        part = play.received(REQUESTS, text)
        if part is None:
            return
        then = SipFields(part.text)
        play.identities.learn(then, fields)
        if isinstance(frame, TReqIn) and isinstance(part.unit, TReqIn):
            ids = part.unit.hash_index, part.unit.label
            play.ids[ids] = frame.hash_index, frame.label
            if fields.method != b"ACK":
                play.requests[ids] = Asked(then, fields)
        play.requests["stateless", then.cseq] = Asked(then, fields)

    def _response(self, frame: ResIn | AcResFail) -> None:
        found = self.led(("uac", frame.uac_id))
        if found is None:
            return  # of a call that is over
        text = failure_text(frame) if isinstance(frame, AcResFail) else self._text(frame)
        play, key = found
        part = play.received(key, text)
        if part is None or not isinstance(frame, ResIn) or not isinstance(part.unit, ResIn):
            return
        play.ids[part.unit.hash_index, part.unit.label] = frame.hash_index, frame.label
        if frame.payload and part.unit.payload:
            play.identities.learn(SipFields(part.text), SipFields(text))

    def _text(self, frame: TReqIn | SlReqIn | ResIn) -> bytes:
        if not frame.payload and isinstance(frame, ResIn):
            return faked_text(frame)
        try:
            return Message(frame.payload, self._dialect).text
        except SeasError as error:
            self.note(f"an event's message does not open: {error}")
            return b""


class _User(Onlooker):
    """A replay as the user of an endpoint."""

    def __init__(self, replay: ActionsToProxy) -> None:
        self._replay = replay

    def ready(self, event: Ready, dialect: Dialect, now: float) -> None:
        """See `User`."""
        self._replay.learn_dialect(dialect)

    def learn(self, dialect: Dialect) -> None:
        """See `User`."""
        self._replay.learn_dialect(dialect)

    def receive(self, frame: Event | AcResFail, data: bytes, now: float) -> None:
        """See `User`."""
        self._replay.receive(frame)


def as_recorded(session: SeasSession) -> Options:
    """How the recorded application server spoke: its name, its processor id, and the protocols
    that it was bound to; addresses are the live proxy's own."""
    bound = {bind.protocol for bind in session.binds}
    processor = session.binds[0].processor_id if session.binds else 1

    def chosen(one: ListeningSocket) -> bool:
        return not bound or one.protocol in bound

    return Options(
        name=session.name or "app_server_1",
        processor_id=processor if 1 <= processor <= 127 else 1,
        chosen=chosen,
    )
