"""After many transactions of all kinds nothing is kept, neither in tables nor in memory."""

import gc
import tracemalloc

import pytest
from app_bench import FROM_ALICE, Bench, Recorder, answering, sip_request

from seastool.app import Request
from seastool.seas.builder.event import build_event
from seastool.seas.codec import decode_frame
from seastool.seas.frames import ResIn, TReqIn, UacReq
from seastool.seas.types import Direction, EventType, Socket

NAME, TAG = b"call-00000000", b"id000000"


class Traffic:
    """Makes events out of a few templates, with fresh identifiers: building each takes longer
    than all that is tested."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.count = 0
        self.templates = {
            name: self._template(name.split()[0], name.endswith("dialog"))
            for name in ("INVITE", "OPTIONS", "MESSAGE", "CANCEL", "ACK dialog", "BYE dialog")
        }
        self.answer = self._response()

    def _template(self, method: str, in_dialog: bool) -> bytes:
        to = f"<sip:bob@example.com>;tag={TAG.decode()}" if in_dialog else "<sip:bob@example.com>"
        sip = sip_request(method, call_id=NAME.decode(), to=to, cseq=2 if method == "BYE" else 1)
        return self._payload(sip, EventType.T_REQ_IN)

    def _response(self) -> bytes:
        sip = sip_request("INVITE", to="<sip:b@h>;tag=b1").split(b"\r\n", 1)[1]
        return self._payload(b"SIP/2.0 200 OK\r\n" + sip, EventType.RES_IN)

    def _payload(self, sip: bytes, type: EventType) -> bytes:
        event = build_event(sip, self.bench.dialect, type=type, receive=FROM_ALICE)
        frame = decode_frame(event, Socket.EVENT, Direction.TO_AS)
        assert isinstance(frame, TReqIn | ResIn)
        return frame.payload

    def _receive(self, **arguments) -> dict:
        names = FROM_ALICE._asdict()
        return {**names, "hash_index": self.count & 0xFFFF, "label": self.count, **arguments}

    def request(self, name: str, tag: bytes = TAG, **arguments) -> None:
        payload = self.templates[name].replace(NAME, b"call-%08d" % self.count)
        frame = TReqIn(**self._receive(payload=payload.replace(TAG, tag), **arguments))
        self.bench.container.receive(frame, self.bench.now)

    def to_tag(self) -> bytes:
        text = self.bench.sent[-1].text
        start = text.index(b";tag=", text.index(b"\r\nTo:")) + 5
        return text[start : start + len(TAG)]

    def round(self) -> None:
        """Some transactions of every kind."""
        bench = self.bench
        self.count += 1
        self.request("INVITE")
        tag = self.to_tag()
        self.request("ACK dialog", tag, flags=4)
        self.request("BYE dialog", tag, label=self.count + (1 << 24))
        self.count += 1
        self.request("OPTIONS")
        self.count += 1
        self.request("MESSAGE")  # nobody answers
        bench.sent.clear()
        request = bench.container.context.create_request("INVITE", "sip:b@h", "sip:a@h")
        if self.count % 2:
            request.application_session.set_timer(3, lambda: None)
        request.send(self.on_response)
        sent = bench.sent[-1].frame
        assert isinstance(sent, UacReq)
        if self.count % 3:
            frame = ResIn(**self._receive(payload=self.answer, uac_id=sent.uac_id, status=200))
            bench.container.receive(frame, bench.now)
        bench.sent.clear()
        bench.now += 0.01
        bench.container.handle_timer(bench.now)

    def on_response(self, response) -> None:
        if response.is_success:
            response.create_ack().send()
            response.session.create_request("BYE").send()


def run(bench: Bench, traffic: Traffic, transactions: int) -> None:
    """A round has five of them."""
    for _ in range(transactions // 5):
        traffic.round()
    bench.wait(10_000)
    assert bench.is_empty()


@pytest.fixture
def bench() -> Bench:
    def touching(request: Request) -> None:
        request.session.attributes["x"] = request.application_session.id
        request.create_response(180).send()
        request.create_response(200).send()

    class Forgetful(Recorder):
        """Keeps nothing."""

        def do_request(self, request: Request) -> None:
            super().do_request(request)
            self.requests.clear()

    return Bench(Forgetful(INVITE=touching, OPTIONS=answering(200), MESSAGE=lambda request: None))


def test_the_tables_are_empty_after_100_000_transactions(bench: Bench) -> None:
    traffic = Traffic(bench)
    run(bench, traffic, 2_000)
    gc.collect()
    before = len(gc.get_objects())
    run(bench, traffic, 100_000)
    gc.collect()
    assert len(gc.get_objects()) - before < 100
    counted = bench.counted()
    assert counted["requests"] + counted["sent_requests"] > 100_000
    assert counted["unanswered"] > 20_000
    assert counted["time_outs"] > 6_000
    assert "malformed" not in counted
    assert "handler_errors" not in counted


def test_memory_is_back_to_the_start(bench: Bench) -> None:
    traffic = Traffic(bench)
    tracemalloc.start()
    try:
        run(bench, traffic, 15_000)  # dictionaries keep the room that they once needed
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        run(bench, traffic, 15_000)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 10_000
    assert len(bench.told) < 10


def test_what_is_over_is_freed_at_once(bench: Bench) -> None:
    """No cycles: memory does not wait for the garbage collector."""
    traffic = Traffic(bench)
    run(bench, traffic, 1_000)
    gc.collect()
    gc.disable()
    try:
        for _ in range(200):
            traffic.count += 1
            traffic.request("INVITE")
            tag = traffic.to_tag()
            traffic.request("ACK dialog", tag, flags=4)
            traffic.request("BYE dialog", tag, label=traffic.count + (1 << 24))
            bench.sent.clear()
        assert gc.collect() < 100
    finally:
        gc.enable()
