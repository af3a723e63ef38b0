"""What docs/tap.md says of scripts is so."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from seastool.seas.builder import build_event
from seastool.seas.codec import decode_frame, encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import JainPong, Ping, Reply
from seastool.seas.framing import UnitKind
from seastool.seas.message import Message
from seastool.seas.tap import Changes, Context, Pair, Piece, hooks_of
from seastool.seas.tap.cutter import HOLD_SECONDS
from seastool.seas.tap.hooks import NAMES
from seastool.seas.tap.script import Script
from seastool.seas.types import Direction, EventType, Socket

DOCUMENT = (Path(__file__).parents[3] / "docs" / "tap.md").read_text(encoding="utf-8")
SCRIPT, PROGRAM = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
DIALECT = lookup("kamailio-5.6.3")
MESSAGE = (
    b"MESSAGE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bK1\r\n"
    b"From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\n"
    b"CSeq: 1 MESSAGE\r\n\r\nHello"
)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def pair(told: list[str]) -> Pair:
    """A pair with the script of the page."""
    namespace: dict[str, Any] = {}
    exec(SCRIPT, namespace)
    script = Script(hooks_of(namespace), told.append)
    changes = Changes(script=script, dialect=DIALECT, tell=told.append)
    pair = Pair(1, b"", b"app", changes)
    pair.connections = {Socket.EVENT: 1, Socket.ACTION: 2}
    return pair


def out(pair: Pair, data: bytes, socket: Socket, direction: Direction) -> list[Any]:
    done = pair.receive(socket, direction, [Piece(UnitKind.FRAME, data)], 1.0)
    return [
        decode_frame(sent.step.data, sent.step.socket, sent.direction)
        for sent in done
        if sent.step.data
    ]


def test_events(pair: Pair, told: list[str]) -> None:
    (pong,) = out(pair, encode_frame(Ping(sequence=4)), Socket.EVENT, Direction.TO_AS)
    assert isinstance(pong, JainPong)
    assert pong.sequence == 4
    event = build_event(MESSAGE, DIALECT, type=EventType.T_REQ_IN)
    (request,) = out(pair, event, Socket.EVENT, Direction.TO_AS)
    assert Message(request.payload, DIALECT).body == b"Hello from between"
    other = build_event(MESSAGE.replace(b"MESSAGE", b"OPTIONS"), DIALECT, type=EventType.T_REQ_IN)
    (request,) = out(pair, other, Socket.EVENT, Direction.TO_AS)
    assert Message(request.payload, DIALECT).body == b"Hello"
    assert told == ["app gets c1"]


def test_actions(pair: Pair, told: list[str]) -> None:
    for status, ids in ((200, [1, 1]), (180, [2])):
        text = b"SIP/2.0 %d x\r\n\r\n" % status
        reply = encode_frame(Reply(processor_id=1, hash_index=1, label=1, text=text))
        found = out(pair, reply, Socket.ACTION, Direction.TO_OPENSER)
        assert [one.processor_id for one in found] == ids
    assert told == []


def test_the_program_is_python() -> None:
    namespace: dict[str, Any] = {"__name__": "page"}
    exec(PROGRAM, namespace)
    assert "main" in namespace


def test_the_tables_name_what_there_is() -> None:
    for name in NAMES:
        assert f"| `{name}(" in DOCUMENT
    table = DOCUMENT.partition("| `context` | |")[2].partition("\n\n")[0]
    names = {
        name.partition("(")[0]
        for line in table.splitlines()
        if line.startswith("| ")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }
    assert names == {name for name in dir(Context) if not name.startswith("_")}


def test_numbers() -> None:
    assert f"for {HOLD_SECONDS:g} s at most" in DOCUMENT
