"""The captured sessions, played to the machine: it does what the real servers did."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from seastool.capture.reader import CapturedFrame, CapturedSip, UnitKind, read_capture
from seastool.seas.builder import Receive
from seastool.seas.codec import decode_frame
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import AcCancel, AcResFail, Action, Ping, ResIn, TReqIn, UacReq
from seastool.seas.handshake import SocketInfo
from seastool.seas.message import Message
from seastool.seas.openser import (
    Acknowledged,
    Cancelled,
    DrawnIdentifiers,
    Event,
    Failed,
    Fault,
    Mistake,
    Outcome,
    Replied,
    Requested,
    Settings,
    Stateless,
    Transactions,
    behave_like,
)
from seastool.seas.types import Direction

CAPTURES = Path(__file__).resolve().parents[3] / "captures"
NO_LENGTH = b"Content-Length: 0\r\n"


class Fixed:
    """No chance at all."""

    def getrandbits(self, k: int, /) -> int:
        return 0


class CapturedIdentifiers(DrawnIdentifiers):
    """The numbers of the real server, taken from its events, and its branches, from its SIP."""

    def __init__(self) -> None:
        super().__init__(Fixed())
        self.hashes: dict[tuple[bytes, bytes], int] = {}
        self.labels: dict[int, deque[int]] = defaultdict(deque)
        self.branches: deque[bytes] | None = None

    def hash_index(self, call_id: bytes, cseq: bytes) -> int:
        return self.hashes[call_id, cseq]

    def label(self, hash_index: int) -> int:
        return self.labels[hash_index].popleft()

    def branch(self, hash_index: int, label: int) -> bytes:
        if self.branches is None:
            return super().branch(hash_index, label)
        return self.branches.popleft()


@dataclass
class Session:
    """A capture: what went into the proxy, and what came out of it."""

    identifiers: CapturedIdentifiers
    records: list[CapturedFrame | CapturedSip] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)
    sip: list[bytes] = field(default_factory=list)
    failures: list[bytes] = field(default_factory=list)
    info: SocketInfo = field(default_factory=lambda: SocketInfo(sockets=[]))
    requests: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    seen: set[tuple[int, int]] = field(default_factory=set)


def value(sip: bytes, name: bytes) -> bytes:
    start = sip.index(b"\r\n" + name + b": ") + len(name) + 4
    return sip[start : sip.index(b"\r\n", start)]


def note_ids(session: Session, event: TReqIn | ResIn, text: bytes) -> None:
    """Of which request, by Call-ID and CSeq, the ids of an event are."""
    ids = session.identifiers
    if text:
        ids.hashes[value(text, b"Call-ID"), value(text, b"CSeq").split()[0]] = event.hash_index
    elif isinstance(event, ResIn):
        call_id, cseq = session.requests[event.uac_id]
        for sent in (cseq, b"11"):
            ids.hashes.setdefault((call_id, sent), event.hash_index)
    if (event.hash_index, event.label) not in session.seen:
        session.seen.add((event.hash_index, event.label))
        ids.labels[event.hash_index].append(event.label)


def read_session(name: str, dialect: Dialect, sip_port: int) -> Session:
    session = Session(CapturedIdentifiers())
    sent: set[bytes] = set()
    for record in read_capture(CAPTURES / name):
        if isinstance(record, CapturedSip):
            if record.destination.port == sip_port:
                session.records.append(record)
            elif record.data not in sent:  # what is sent again is not tm's doing, but the timer's
                sent.add(record.data)
                session.sip.append(record.data)
        elif isinstance(record, CapturedFrame):
            session.records.append(record)
            if record.kind is UnitKind.SOCKET_INFO:
                session.info = SocketInfo.decode(record.data)
            if record.kind is UnitKind.FRAME:
                note_frame(session, record, dialect)
    return session


def note_frame(session: Session, record: CapturedFrame, dialect: Dialect) -> None:
    assert record.socket is not None
    assert record.direction is not None
    frame = decode_frame(record.data, record.socket, record.direction, dialect.layout)
    if isinstance(frame, UacReq | AcCancel):
        cseq = value(frame.text, b"CSeq").split()[0]
        session.requests[frame.uac_id] = value(frame.text, b"Call-ID"), cseq
    if isinstance(frame, Action):
        return
    if isinstance(frame, AcResFail):
        session.failures.append(record.data)
    elif not isinstance(frame, Ping):
        session.events.append(record.data)
    if isinstance(frame, TReqIn | ResIn):
        text = Message(frame.payload, dialect).text if frame.payload else b""
        note_ids(session, frame, text)


def play(session: Session, transactions: Transactions, *, strips_length: bool) -> list[Outcome]:
    """Feed what went in, in order and in time. strips_length: as that proxy's script did."""
    outcomes: list[Outcome] = []
    layout = transactions.behaviour.dialect.layout
    for record in session.records:
        now = record.time_ns / 1e9
        outcomes += transactions.handle_timer(now)
        if isinstance(record, CapturedFrame):
            if record.kind is not UnitKind.FRAME or record.direction is Direction.TO_AS:
                continue
            assert record.socket is not None
            frame = decode_frame(record.data, record.socket, Direction.TO_OPENSER, layout)
            assert isinstance(frame, Action)
            outcomes += transactions.action(frame, now)
            continue
        receive = Receive(
            1,
            record.source.packed,
            record.destination.packed,
            record.source.port,
            record.destination.port,
        )
        if record.data.startswith(b"SIP/2.0"):
            outcomes += transactions.response(record.data, receive, now)
            continue
        sip = record.data.replace(NO_LENGTH, b"") if strips_length else record.data
        stateless = b"X-Stateless" in sip
        outcomes += transactions.request(sip, receive, now, stateless=stateless)
    return outcomes


def sip_of(outcomes: list[Outcome]) -> list[bytes]:
    kinds = Replied | Requested | Cancelled | Acknowledged | Stateless
    return [outcome.sip for outcome in outcomes if isinstance(outcome, kinds)]


def rules_of(outcomes: list[Outcome]) -> list[str]:
    return [outcome.rule for outcome in outcomes if isinstance(outcome, Mistake)]


def branches_of(session: Session) -> deque[bytes]:
    requests = [sip for sip in session.sip if not sip.startswith((b"SIP/2.0", b"CANCEL"))]
    made = [sip for sip in requests if b"z9hG4bKzz" not in sip]
    found = [value(sip, b"Via").partition(b"branch=")[2] for sip in made]
    return deque(dict.fromkeys(found))


def test_the_session_of_kamailio_5_6_3() -> None:
    name = "kamailio-5.6.3"
    session = read_session(f"{name}-session.pcap", lookup(name), 5060)
    session.identifiers.branches = branches_of(session)
    # The server of the capture had its client callback mended.
    mended = {Fault.FINAL_REPLIES_LOST, Fault.PROVISIONAL_REPLIES_LOST}
    transactions = Transactions(
        session.identifiers,
        behaviour=behave_like(name, off=mended),
        sockets=session.info.sockets,
        settings=Settings(fr_timer=1.95),
    )
    outcomes = play(session, transactions, strips_length=True)
    assert [o.frame for o in outcomes if isinstance(o, Event)] == session.events
    assert sip_of(outcomes) == session.sip
    failures = [o.frame.encode() for o in outcomes if isinstance(o, Failed)]
    assert failures == session.failures
    assert rules_of(outcomes) == ["uac-from-tag", "uac-cseq-one", "uac-cseq-one", "sl-response"]


def test_the_session_of_openser_1_3_0() -> None:
    name = "openser-1.3.0"
    session = read_session(f"{name}-session.pcap", lookup(name), 6062)
    transactions = Transactions(
        session.identifiers,
        behaviour=behave_like(name),
        sockets=session.info.sockets,
        settings=Settings(fr_timer=1.65),
    )
    outcomes = play(session, transactions, strips_length=False)
    assert [o.frame for o in outcomes if isinstance(o, Event)] == session.events
    assert sip_of(outcomes) == session.sip
    failed = [o for o in outcomes if isinstance(o, Failed)]
    assert [f.frame.reason for f in failed] == [b"From tag missing"]
    assert failed[0].lost
    assert not session.failures
    assert rules_of(outcomes) == ["uac-from-tag", "sl-response"]


def test_the_calls_of_sipp() -> None:
    name = "kamailio-5.6.3"
    session = read_session(f"{name}-sipp-uac.pcap", lookup(name), 5060)
    transactions = Transactions(
        session.identifiers, behaviour=behave_like(name), sockets=session.info.sockets
    )
    outcomes = play(session, transactions, strips_length=True)
    assert [o.frame for o in outcomes if isinstance(o, Event)] == session.events
    assert sip_of(outcomes) == session.sip
    assert rules_of(outcomes) == []


@pytest.mark.parametrize("capture", ["kamailio-5.6.3-session.pcap", "openser-1.3.0-session.pcap"])
def test_nothing_is_left_of_a_session(capture: str) -> None:
    name = capture.removesuffix("-session.pcap")
    session = read_session(capture, lookup(name), 5060 if "kamailio" in name else 6062)
    if "kamailio" in name:
        session.identifiers.branches = branches_of(session)
    transactions = Transactions(
        session.identifiers, behaviour=behave_like(name), sockets=session.info.sockets
    )
    play(session, transactions, strips_length="kamailio" in name)
    assert len(transactions)
    while (due := transactions.get_timer()) is not None:
        transactions.handle_timer(due)
    assert transactions.is_empty
