"""What cannot be sent because no proxy is connected: it is over, and nobody is blamed for it."""

from __future__ import annotations

import pytest
from app_bench import Bench, Recorder, answering, sip_request

from seastool.app import Request, Settings
from seastool.errors import NotConnected

LONG = 10_000.0


class Line:
    """The way to a proxy, which may be cut."""

    def __init__(self, bench: Bench) -> None:
        self._send = bench.container.send
        self.is_cut = False
        bench.container.send = self

    def __call__(self, action) -> object:
        if self.is_cut:
            raise NotConnected("no proxy is connected")
        return self._send(action)


def after(bench: Bench, seconds: float) -> None:
    """Let time pass, timer by timer."""
    end = bench.now + seconds
    while (due := bench.container.get_timer()) is not None and due <= end:
        bench.now = max(bench.now, due)
        bench.container.handle_timer(bench.now)
    bench.now = end


@pytest.mark.parametrize("when", ["at once", "later", "while it waits"])
def test_a_call_whose_answer_finds_no_proxy_is_over(when: str) -> None:
    def rings(request: Request) -> None:
        request.create_response(180).send()
        line.is_cut = True
        if when == "at once":
            request.create_response(200).send()
        else:
            timers = request.session.application_session
            timers.set_timer(0.5, lambda: request.create_response(200).send())

    async def waits(request: Request) -> None:
        rings(request)

    handler = waits if when == "while it waits" else rings
    bench = Bench(Recorder(INVITE=handler), settings=Settings())
    line = Line(bench)
    bench.request(sip_request("INVITE"))
    after(bench, 1)
    assert not bench.container.transactions
    assert bench.counted()["unsent"] == 1
    after(bench, LONG)
    assert bench.told == ["not sent: no proxy is connected; told once, counted as unsent"]
    counted = bench.counted()
    assert not {"unanswered", "expired_sessions", "handler_errors"} & set(counted), counted
    assert bench.is_empty()


def test_a_request_whose_first_answer_finds_no_proxy_is_over() -> None:
    def rings(request: Request) -> None:
        line.is_cut = True
        request.create_response(180).send()

    bench = Bench(Recorder(INVITE=rings))
    line = Line(bench)
    bench.request(sip_request("INVITE"))
    after(bench, LONG)
    assert len(bench.told) == 1
    assert "unanswered" not in bench.counted()
    assert bench.is_empty()


def test_a_bye_whose_answer_finds_no_proxy_ends_its_dialog() -> None:
    bench = Bench(Recorder(INVITE=answering(200), ACK=lambda request: None))
    line = Line(bench)
    label = bench.request(sip_request("INVITE"))
    to = bench.one()["To"]
    bench.request(sip_request("ACK", to=to), label=label, flags=4)
    line.is_cut = True
    bench.request(sip_request("BYE", to=to, cseq=2))
    after(bench, LONG)
    assert "expired_sessions" not in bench.counted()
    assert bench.is_empty()


def test_waiting_for_what_cannot_be_sent_ends_with_a_local_503() -> None:
    answers = []

    async def asks(context) -> None:
        answers.append(
            await context.create_request("OPTIONS", "sip:b@h", "sip:a@h").send_and_wait()
        )

    bench = Bench(Recorder())
    Line(bench).is_cut = True
    bench.container.context.spawn(asks(bench.container.context))
    assert [(one.status, one.is_local) for one in answers] == [(503, True)]
    assert bench.counted()["unsent"] == 1
    assert not bench.container.client_transactions
    after(bench, LONG)
    assert "time_outs" not in bench.counted()
