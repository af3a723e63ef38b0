"""What a script and faults make of what passes, as transcripts without a socket."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest

from seastool.errors import EncodeError, LocalProtocolError, NotConnected
from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.faults import Ending, FaultInjector, parse_fault
from seastool.seas.frames import AcResFail, Bind, JainPong, Ping, Reply, TReqIn, UacReq, Unbind
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name
from seastool.seas.message import Message
from seastool.seas.tap import DROP, Changes, HookError, Hooks, Pair, Piece, hooks_of
from seastool.seas.tap.context import place_of
from seastool.seas.tap.pairs import Pairs
from seastool.seas.tap.script import Script
from seastool.seas.types import Direction, EventType, Layout, Socket

EVENT, ACTION = Socket.EVENT, Socket.ACTION
TO_AS, TO_OPENSER = Direction.TO_AS, Direction.TO_OPENSER
CURRENT = lookup("kamailio-5.6.3")
INVITE = (
    b"INVITE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK1\r\n"
    b"From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\n"
    b"CSeq: 1 INVITE\r\n\r\n"
)
OK = b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"
REQUEST = build_event(INVITE, CURRENT, type=EventType.T_REQ_IN, hash_index=7, label=9)
REPLY = encode_frame(Reply(processor_id=1, hash_index=7, label=9, text=OK))
PING = encode_frame(Ping(sequence=5))
NAME = Name(name=b"app").encode()


class Case:
    """A pair with both connections, and what it told."""

    def __init__(self, *faults: str, side: Direction = TO_AS, **hooks: Any) -> None:
        self.told: list[str] = []
        script = Script(Hooks(**hooks), self.told.append) if hooks else None
        injector = FaultInjector(map(parse_fault, faults), Random(1), side=side)
        self.changes = Changes(
            script=script,
            injectors={side: injector} if faults else {},
            dialect=CURRENT,
            tell=self.told.append,
        )
        self.pair = Pair(1, b"", b"app", self.changes)
        self.pair.connections = {EVENT: 1, ACTION: 2}

    @property
    def counts(self) -> dict[str, int]:
        assert self.changes.script is not None
        return dict(self.changes.script.counts)

    def pass_on(
        self, data: bytes, socket: Socket = EVENT, direction: Direction = TO_AS
    ) -> list[tuple[Socket, Direction, bytes]]:
        """What goes out for one frame."""
        done = self.pair.receive(socket, direction, [Piece(UnitKind.FRAME, data)], 1.0)
        return [(s.step.socket, s.direction, s.step.data) for s in done if s.step.data]


def test_none_passes_on_what_came_whatever_was_done_to_the_record() -> None:
    def on_frame(frame, context):
        frame.processor_id = 99

    case = Case(on_frame=on_frame)
    assert case.pass_on(REQUEST) == [(EVENT, TO_AS, REQUEST)]
    assert case.counts == {}


def test_a_changed_frame_has_its_new_length() -> None:
    longer = OK.replace(b"\r\n\r\n", b"\r\nX-Tap: yes\r\n\r\n")
    case = Case(on_frame=lambda frame, context: context.with_sip(frame, longer))
    ((socket, direction, data),) = case.pass_on(REPLY, ACTION, TO_OPENSER)
    assert (socket, direction) == (ACTION, TO_OPENSER)
    assert int.from_bytes(data[:4], "big") == len(data) == len(REPLY) + 12
    frame = decode_frame(data, ACTION, TO_OPENSER)
    assert isinstance(frame, Reply)
    assert (frame.text, frame.hash_index, frame.label) == (longer, 7, 9)
    assert case.counts == {"changed": 1}


def test_an_event_with_another_text_has_another_index() -> None:
    other = INVITE.replace(b"Call-ID: c1", b"Subject: a long one\r\nCall-ID: c1")
    case = Case(on_frame=lambda frame, context: context.with_sip(frame, other))
    ((_, _, data),) = case.pass_on(REQUEST)
    assert data == build_event(other, CURRENT, type=EventType.T_REQ_IN, hash_index=7, label=9)
    message = Message(decode_frame(data, EVENT, TO_AS).payload, CURRENT)
    assert (message.call_id, message.text) == ("c1", other)


@pytest.mark.parametrize(
    ("result", "out", "counts"),
    [
        (DROP, [], {"dropped": 1}),
        ([], [], {"dropped": 1}),
        (b"any bytes", [b"any bytes"], {"changed": 1}),
        ([PING, Ping(sequence=6)], [PING, encode_frame(Ping(sequence=6))], {"replaced": 1}),
        ((Ping(sequence=5),), [PING], {}),
        (REQUEST, [REQUEST], {"changed": 1}),
        (None, [PING], {}),
    ],
)
def test_what_a_hook_may_return(result, out, counts) -> None:
    case = Case(on_frame=lambda frame, context: result)
    assert [data for _, _, data in case.pass_on(PING)] == out
    assert case.counts == counts


@pytest.mark.parametrize("result", [7, "text", [Ping(sequence=1), 7], object()])
def test_what_it_may_not_return_passes_as_it_came(result) -> None:
    case = Case(on_frame=lambda frame, context: result)
    for _ in range(3):
        assert case.pass_on(PING) == [(EVENT, TO_AS, PING)]
    assert case.counts == {"errors": 3}
    assert len(case.told) == 1
    assert "a hook has returned" in case.told[0]


def test_an_error_is_told_once_a_place_with_its_traceback() -> None:
    def on_frame(frame, context):
        if frame.sequence > 5:
            raise KeyError("the second place")
        return frame.sequence / 0

    case = Case(on_frame=on_frame)
    for sequence in (1, 2, 6, 7, 3):
        data = encode_frame(Ping(sequence=sequence))
        assert case.pass_on(data) == [(EVENT, TO_AS, data)]
    assert case.counts == {"errors": 5}
    first, second = case.told
    assert "Traceback" in first
    assert "return frame.sequence / 0" in first
    assert "ZeroDivisionError" in first
    assert "the second place" in second
    assert "script.py" not in first  # of ours nothing is shown


def test_a_record_that_cannot_be_encoded_passes_as_it_came() -> None:
    case = Case(on_frame=lambda frame, context: replace(frame, sequence=1 << 40))
    assert case.pass_on(PING) == [(EVENT, TO_AS, PING)]
    assert case.counts == {"errors": 1}


def test_what_does_not_decode_is_not_shown_to_the_script() -> None:
    case = Case(on_frame=lambda frame, context: DROP)
    cut = REQUEST[:12]
    assert case.pass_on(cut) == [(EVENT, TO_AS, cut)]
    assert case.counts == {"not decoded": 1}
    done = case.pair.receive(EVENT, TO_AS, [Piece(None, b"\xff\xfe")], 1.0)
    assert [s.step.data for s in done] == [b"\xff\xfe"]


def test_a_script_answers_by_itself() -> None:
    def on_frame(frame, context):
        assert context.to_as
        assert context.sip(frame) == INVITE
        assert context.message(frame).method == "INVITE"
        reply = Reply(processor_id=1, hash_index=frame.hash_index, label=frame.label, text=OK)
        context.send(reply)
        return DROP

    case = Case(on_frame=on_frame)
    assert case.pass_on(REQUEST) == [(ACTION, TO_OPENSER, REPLY)]
    assert case.counts == {"dropped": 1, "sent": 1}


def test_to_a_connection_that_is_not_there_nothing_can_be_sent() -> None:
    raised: list[Exception] = []

    def on_frame(frame, context):
        try:
            context.send(JainPong(sequence=1))
        except NotConnected as error:
            raised.append(error)

    case = Case(on_frame=on_frame)
    del case.pair.connections[ACTION]
    assert case.pass_on(PING) == [(EVENT, TO_AS, PING)]
    assert "no action connection" in str(raised[0])


@pytest.mark.parametrize(
    ("frame", "place"),
    [
        (Ping(sequence=1), (EVENT, TO_AS)),
        (AcResFail(uac_id=1, error=2, reason=b"x"), (ACTION, TO_AS)),
        (Bind(address=b"", protocol=1, port=1), (EVENT, TO_OPENSER)),
        (Unbind(), (EVENT, TO_OPENSER)),
        (UacReq(uac_id=1, text=b""), (ACTION, TO_OPENSER)),
    ],
)
def test_where_frames_travel(frame, place) -> None:
    assert place_of(frame) == place


def test_what_has_no_text_gets_none() -> None:
    def on_frame(frame, context):
        assert context.sip(frame) == b""
        with pytest.raises(LocalProtocolError, match="Ping has no SIP text"):
            context.with_sip(frame, INVITE)
        return DROP

    case = Case(on_frame=on_frame)
    assert case.pass_on(PING) == []
    assert case.told == []


def test_a_text_that_the_proxy_would_refuse_is_an_error() -> None:
    def on_frame(frame, context):
        with pytest.raises(EncodeError):
            context.with_sip(frame, b"no SIP at all")
        return DROP

    assert Case(on_frame=on_frame).pass_on(REQUEST) == []


def test_hellos_moments_and_memory() -> None:
    def on_hello(hello, context):
        context.memory["name"] = hello.name
        return replace(hello, name=b"another")

    def on_open(context):
        context.note(f"{context.as_name} {context.memory['name']}")

    case = Case(on_hello=on_hello, on_open=on_open, on_close=lambda context: 1 / 0)
    done = case.pair.receive(ACTION, TO_OPENSER, [Piece(UnitKind.NAME, NAME)], 1.0)
    assert [s.step.data for s in done] == [b"\x07another"]
    case.pair.opened(ACTION, TO_OPENSER, 1.0)
    assert case.told == ["app b'app'"]
    case.pair.closed(ACTION, TO_OPENSER, 2.0)
    assert "ZeroDivisionError" in case.told[1]
    assert case.pass_on(PING) == [(EVENT, TO_AS, PING)]  # there is no on_frame


def test_faults_act_on_what_the_script_makes() -> None:
    case = Case(
        "duplicate", side=TO_OPENSER, on_frame=lambda frame, context: [frame, JainPong(sequence=1)]
    )
    pong = encode_frame(JainPong(sequence=1))
    out = case.pass_on(REPLY, ACTION, TO_OPENSER)
    assert [data for _, _, data in out] == [REPLY, REPLY, pong, pong]


def test_faults_of_one_side_leave_the_other_alone() -> None:
    case = Case("drop", side=TO_OPENSER)
    assert case.pass_on(REQUEST) == [(EVENT, TO_AS, REQUEST)]
    assert case.pass_on(REPLY, ACTION, TO_OPENSER) == []
    assert not case.changes.touches(TO_AS)
    assert case.changes.touches(TO_OPENSER)


def test_what_faults_hold_back_comes_with_the_timer_or_the_end() -> None:
    case = Case("reorder")
    assert case.pass_on(PING) == []
    due = case.pair.get_timer()
    assert due is not None
    assert [s.step.data for s in case.pair.handle_timer(due)] == [PING]
    assert case.pass_on(PING) == []
    assert [(s.step.data, s.step.ending) for s in case.pair.finish(EVENT, TO_AS, 1.5)] == [
        (PING, None),
        (b"", Ending.HALF_CLOSE),
    ]


def test_the_layout_is_told_by_what_passes() -> None:
    case = Case(on_frame=lambda frame, context: replace(frame, processor_id=2))
    case.changes.dialect = None
    bind = Bind(processor_id=1, address=b"\x7f\0\0\1", protocol=1, port=5060)
    ((_, _, data),) = case.pass_on(encode_frame(bind, Layout.A), EVENT, TO_OPENSER)
    assert case.changes.dialect_now.layout is Layout.A
    assert data == encode_frame(replace(bind, processor_id=2), Layout.A)


def test_connections_of_one_name_and_host_are_a_pair() -> None:
    pairs = Pairs(Changes(dialect=CURRENT))
    hello = [Piece(UnitKind.NAME, NAME)]
    one = pairs.join(1, EVENT, b"a", hello)
    assert pairs.join(2, ACTION, b"b", hello) is not one
    assert pairs.join(3, ACTION, b"a", [Piece(UnitKind.NAME, b"\x01x")]) is not one
    assert pairs.join(4, ACTION, b"a", [Piece(None, NAME)]) is not one
    assert pairs.join(5, ACTION, b"a", hello) is one
    assert one.connections == {EVENT: 1, ACTION: 5}
    pairs.leave(one, ACTION)
    assert pairs.join(6, ACTION, b"a", hello) is not one  # it comes back with two new ones
    pairs.leave(one, EVENT)
    assert len(pairs) == 4


def test_the_functions_of_a_script() -> None:
    hooks = hooks_of({"on_frame": print, "DROP": DROP, "helper": len, "on_time": 5})
    assert hooks == Hooks(on_frame=print)
    for namespace, told in (
        ({}, "none of the functions on_frame, on_hello, on_open, on_close"),
        ({"on_frame": 7}, "on_frame is not a function but int"),
        ({"on_frame": print, "on_frames": print}, "on_frames is never called"),
    ):
        with pytest.raises(HookError, match=told):
            hooks_of(namespace)


def test_a_request_as_it_is_decoded() -> None:
    seen: list[Any] = []
    case = Case(on_frame=lambda frame, context: seen.append((frame, context)))
    case.pass_on(REQUEST)
    frame, context = seen[0]
    assert isinstance(frame, TReqIn)
    assert (context.socket, context.direction, context.pair) == (EVENT, TO_AS, 1)
    assert (context.as_name, context.dialect, context.now) == ("app", CURRENT, 1.0)
