"""An application server that answers from a fixed table and keeps every frame that it gets."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from plain_app_server import DIALECT, PROCESSOR, PlainAppServer

from seastool.errors import SeasError
from seastool.seas.codec import decode_frame
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Event,
    JainPong,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    TReqIn,
    UacReq,
)
from seastool.seas.framing import SeasSplitter, Unit
from seastool.seas.message import Message
from seastool.seas.types import ActionType, Direction, Socket

CALL_ID = re.compile(rb"^(?:call-id|i)[ \t]*:\s*([^@\s]*)", re.I | re.M)
FENCE = "fence"


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply. tag: To's; None for a To without one. headers: whole lines. text: all of it, in
    place of what is made of the others. type: None for the one that fits the status."""

    status: int
    reason: bytes = b"Answered"
    tag: bytes | None = b"as-tag"
    headers: bytes = b""
    body: bytes = b""
    type: ActionType | None = None
    text: bytes | None = None

    def action(self, hash_index: int, label: int) -> Reply:
        """The action for that transaction."""
        is_final = self.status >= 200
        return Reply(
            type=self.type or (ActionType.REPLY_FIN if is_final else ActionType.REPLY_PROV),
            hash_index=hash_index,
            label=label,
            text=self._text() if self.text is None else self.text,
        )

    def _text(self) -> bytes:
        tag = b"" if self.tag is None else b";tag=" + self.tag
        length = b"Content-Length: %d\r\n" % len(self.body)
        return (
            b"SIP/2.0 %03d %s\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKanswer\r\n"
            b"From: <sip:table@192.0.2.1>;tag=1\r\nTo: <sip:table@192.0.2.2>%s\r\n"
            b"Call-ID: table@192.0.2.1\r\nCSeq: 1 OPTIONS\r\n%s%s\r\n%s"
        ) % (self.status, self.reason, tag, self.headers, length, self.body)


@dataclass(frozen=True, slots=True)
class Call:
    """A request of the application server's own."""

    text: bytes
    uac_id: int = 1


@dataclass(frozen=True, slots=True)
class Cancel:
    """What ends a request of its own, when something has come of it."""

    text: bytes
    uac_id: int


@dataclass(frozen=True, slots=True)
class Without:
    """A message sent without a transaction."""

    text: bytes


Table = Mapping[tuple[str, str], Sequence[Answer | Call | Cancel | Without]]
OK = (Answer(200),)
RINGS = (Answer(180, b"Ringing"), Answer(200, b"OK"))


class TableAppServer(PlainAppServer):
    """What it does is in the table, by the first part of Call-ID and the method; the rest gets 200,
    an INVITE 180 before it, a CANCEL makes its INVITE 487.

    `events` has all frames of the event socket, `failures` those of the action socket.
    """

    def __init__(self, port: int, table: Table) -> None:
        super().__init__(port)
        self.table = table
        self.events: list[Event] = []
        self.failures: list[AcResFail] = []
        self.undecoded: list[bytes] = []

    def __enter__(self) -> Self:
        super().__enter__()
        self._action.settimeout(None)
        threading.Thread(target=self._read_failures, daemon=True).start()
        return self

    def _run(self, units: Iterator[bytes]) -> None:
        self._event.settimeout(None)
        try:
            for data in units:
                self._take(data)
        except OSError:
            return  # the proxy is gone

    def _take(self, data: bytes) -> None:
        try:
            event = decode_frame(data, Socket.EVENT, Direction.TO_AS)
        except SeasError:
            self.undecoded.append(data)
            return
        if isinstance(event, Ping):
            self._send(JainPong(sequence=event.sequence))
            return
        assert isinstance(event, Event)
        self.events.append(event)
        if isinstance(event, TReqIn):
            self._answer(event)
        elif isinstance(event, ResIn) and event.payload:
            self._act(event, str(event.status), ())

    def _answer(self, event: TReqIn) -> None:
        text = bytes(Message(event.payload, DIALECT).text)
        method = text.split(None, 1)[0].decode("latin-1")
        self._act(event, method, _usual(method))
        if event.cancelled_hash_index is not None and event.cancelled_label is not None:
            ended = Answer(487, b"Request Terminated")
            self._send(ended.action(event.cancelled_hash_index, event.cancelled_label))

    def _act(self, event: TReqIn | ResIn, what: str, otherwise: Sequence[Answer]) -> None:
        found = CALL_ID.search(bytes(Message(event.payload, DIALECT).text))
        case = found[1].decode("latin-1") if found else ""
        for act in self.table.get((case, what), otherwise):
            if isinstance(act, Answer):
                self._send(act.action(event.hash_index, event.label))
            elif isinstance(act, Call):
                self._send(UacReq(uac_id=act.uac_id, text=act.text))
            elif isinstance(act, Cancel):
                whose = {"hash_index": event.hash_index, "label": event.label}
                self._send(AcCancel(uac_id=act.uac_id, text=act.text, **whose))
            else:
                self._send(SlMsg(text=act.text))

    def _read_failures(self) -> None:
        splitter = SeasSplitter(Socket.ACTION, Direction.TO_AS)
        while data := self._received():
            splitter.receive_data(data)
            while isinstance(unit := splitter.next_event(), Unit):
                frame = decode_frame(unit.data, Socket.ACTION, Direction.TO_AS)
                if isinstance(frame, AcResFail):
                    self.failures.append(frame)

    def _received(self) -> bytes:
        try:
            return self._action.recv(65536)
        except (TimeoutError, OSError):
            return b""


def _usual(method: str) -> Sequence[Answer]:
    if method == "ACK":
        return ()
    return RINGS if method == "INVITE" else OK


__all__ = ["FENCE", "OK", "PROCESSOR", "RINGS", "Answer", "Call", "Table", "TableAppServer"]
