"""Behaviours meet the odd messages that real servers encoded: they answer, and raise nothing."""

import base64
import gzip
import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from app_bench import Bench, Settings, UacReq

from seastool.app.behaviours import parse_behaviours
from seastool.seas.codec import decode_frame
from seastool.seas.frames import ResIn, SlReqIn, TReqIn
from seastool.seas.types import Direction, Socket

GOLDEN = Path(__file__).parent.parent / "golden"
SETTINGS = Settings(session_time=20, dialog_time=30, transaction_time=10)
BEHAVIOURS = ["answer", "echo", "register", "b2bua sip:c@d", "proxy sip:c@d", "proxy sip:c@d sip:e"]
BEHAVIOURS += ["redirect sip:a@b sip:c@d", "reject 486"]


@cache
def events(server: str, which: str) -> list[bytes]:
    """Payloads of the events that a server made of requests, or of responses."""
    path = GOLDEN / server / f"{which}.jsonl.gz"
    if not path.exists():
        path = GOLDEN / "kamailio-5.6.3" / f"{which}.jsonl.gz"
    with gzip.open(path, "rt") as lines:
        found = [row["frame"] for row in map(json.loads, lines) if row["frame"]]
    frames = (decode_frame(base64.b64decode(data), Socket.EVENT, Direction.TO_AS) for data in found)
    return [frame.payload for frame in frames if isinstance(frame, TReqIn | SlReqIn | ResIn)]


def request(payload: bytes, label: int) -> TReqIn:
    ends = bytes((192, 0, 2, 7)), bytes((10, 0, 0, 1))
    return TReqIn(
        processor_id=1,
        protocol=1,
        source_address=ends[0],
        destination_address=ends[1],
        source_port=5999,
        destination_port=5060,
        hash_index=7,
        label=label,
        payload=payload,
    )


def response(payload: bytes, uac_id: int) -> ResIn:
    status = int.from_bytes(payload[:2], "big")
    head = request(b"", uac_id)
    where = {name: getattr(head, name) for name in ("protocol", "source_port", "destination_port")}
    return ResIn(
        **where,
        source_address=head.source_address,
        destination_address=head.destination_address,
        hash_index=8,
        label=uac_id,
        uac_id=uac_id,
        status=status,
        payload=payload,
    )


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("text", BEHAVIOURS)
def test_requests_and_responses_of_all_kinds(text: str, strict: bool) -> None:
    server = "kamailio-5.6.3"
    requests, responses = events(server, "requests"), events(server, "responses")
    assert len(requests) > 500
    bench = Bench(
        parse_behaviours([text]),
        dialect=server,
        settings=replace(SETTINGS, strict_dialogs=strict),
    )
    for i, payload in enumerate(requests):
        bench.container.receive(request(payload, i), bench.now)
        for j, sent in enumerate(bench.take()):
            if isinstance(sent.frame, UacReq) and not sent.start.startswith("ACK"):
                reply = responses[(i + j) % len(responses)]
                bench.container.receive(response(reply, sent.frame.uac_id), bench.now)
        bench.take()
        bench.wait(0.01)
    counted = bench.counted()
    assert not counted.get("handler_errors"), bench.told
    assert not counted.get("malformed"), bench.told
    bench.wait(5000)
    assert bench.is_empty()


@pytest.mark.parametrize("text", ["answer", "echo", "register", "b2bua sip:c@d", "proxy sip:c@d"])
def test_requests_of_an_old_server(text: str) -> None:
    bench = Bench(parse_behaviours([text]), dialect="openser-1.3.0", settings=SETTINGS)
    for i, payload in enumerate(events("openser-1.3.0", "requests")):
        bench.container.receive(request(payload, i), bench.now)
    assert not bench.counted().get("handler_errors"), bench.told
