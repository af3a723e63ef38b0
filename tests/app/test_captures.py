"""The events of real proxies, given to a container: it answers as the server did that was there."""

from pathlib import Path

import pytest
from app_bench import Bench, Recorder, answering

from seastool.api import read_capture
from seastool.app import Request
from seastool.seas.frames import Event, ResIn, TReqIn
from seastool.seas.message import Message
from seastool.seas.types import Direction, Socket

CAPTURES = Path(__file__).resolve().parents[2] / "captures"


def events(name: str) -> list[Event]:
    """The events of a capture, pings included."""
    found = []
    for decoded in read_capture(CAPTURES / name):
        captured, unit = decoded.captured, decoded.unit
        side = getattr(captured, "socket", None), getattr(captured, "direction", None)
        if side == (Socket.EVENT, Direction.TO_AS) and isinstance(unit, Event):
            found.append(unit)
    return found


CANCELLED: set[str] = set()
UNKNOWN = ("unknown_responses", "faked_for_ack", "cancel_responses")


def answer_calls(request: Request) -> None:
    request.create_response(180).send()
    if request.call_id not in CANCELLED:
        request.create_response(200).send()


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("kamailio-5.6.3-session.pcap", "kamailio-5.6.3"),
        ("openser-1.3.0-session.pcap", "openser-1.3.0"),
        ("kamailio-5.6.3-sipp-uac.pcap", "kamailio-5.6.3"),
    ],
)
def test_every_request_of_a_real_proxy_is_answered(name: str, dialect: str) -> None:
    handlers = dict.fromkeys(["OPTIONS", "MESSAGE", "BYE"], answering(200))
    tags: dict[str, str] = {}
    current = ""
    bench = Bench(
        recorder := Recorder(INVITE=answer_calls, **handlers),
        dialect=dialect,
        new_id=lambda: tags.get(current, "x"),
    )
    requests = {}
    for event in events(name):
        if isinstance(event, TReqIn):
            message = Message(event.payload, bench.dialect)
            requests[event.label, message.method] = message
            tags.setdefault(message.call_id or "", message.to_tag or "")
            tags[message.call_id or ""] = message.to_tag or tags[message.call_id or ""]
            if message.method == "CANCEL":
                CANCELLED.add(message.call_id or "")
    for event in events(name):
        if isinstance(event, TReqIn):
            current = Message(event.payload, bench.dialect).call_id or ""
        bench.container.receive(event, bench.now)
    finals = {
        (sent.frame.label, sent["CSeq"].split()[1]): sent.status
        for sent in bench.sent
        if sent.kind == "Reply" and sent.status >= 200
    }
    assert set(finals) == {key for key in requests if key[1] != "ACK"}
    for (_, method), status in finals.items():
        cancelled = method == "INVITE" and status == 487
        assert status == 200 or cancelled
    counted = bench.counted()
    acks = [key for key in requests if key[1] == "ACK"]
    assert counted["acks"] == len(acks)
    given = [request for request in recorder.requests if request.method == "ACK"]
    assert len(given) == len(acks) - len(CANCELLED & set(tags))
    assert not {"malformed", "handler_errors", "unknown_dialogs", "unknown_acks"} & set(counted)
    uac = sum(counted.get(f"{kind}", 0) for kind in UNKNOWN)
    assert uac == len([event for event in events(name) if isinstance(event, ResIn)])
    bench.wait(10_000)
    assert bench.is_empty()
