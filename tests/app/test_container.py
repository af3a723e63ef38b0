"""The container itself: events it takes, errors in handlers, coroutines, time, the end."""

from __future__ import annotations

import sys

import pytest
from app_bench import Bench, Future, Recorder, answering, sip_request

from seastool.app import Application, Container, Request
from seastool.errors import LocalProtocolError
from seastool.seas.dialects import lookup
from seastool.seas.frames import Ping, TReqIn, UnknownEvent


class Broken(Application):
    """Raises in every handler."""

    def do_request(self, request: Request) -> None:
        raise ValueError("broken \x1b[31m")

    def do_response(self, response) -> None:
        raise KeyError("broken")


def test_an_error_in_a_handler_is_a_500_and_a_traceback_once() -> None:
    bench = Bench(Broken())
    for n in range(3):
        bench.request(sip_request("INVITE", call_id=f"c{n}"))
    assert [sent.status for sent in bench.take()] == [500] * 3
    (told,) = bench.told
    assert "<Request INVITE 'sip:bob@example.com'>" in told
    assert "Traceback (most recent call last)" in told
    assert "ValueError: broken \\x1b[31m" in told
    assert bench.counted()["handler_errors"] == 3


def test_an_error_behind_the_answer_changes_nothing_for_the_caller() -> None:
    def handler(request: Request) -> None:
        request.create_response(200).send()
        raise ValueError

    bench = Bench(Recorder(OPTIONS=handler))
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 200
    assert bench.counted()["handler_errors"] == 1


def test_an_error_with_a_response_or_an_ack() -> None:
    bench = Bench(Broken())
    bench.container.context.create_request("MESSAGE", "sip:b@h", "sip:a@h").send()
    bench.response(200, bench.one())
    bench.container.do_request = answering(200)
    label = bench.request(sip_request("INVITE"))
    bench.container.do_request = bench.container.application.do_request
    bench.request(sip_request("ACK", to=bench.one()["To"]), label=label, flags=4)
    assert not bench.take()
    assert bench.counted()["handler_errors"] == 2


def test_a_response_that_cannot_be_sent_is_a_500() -> None:
    bench = Bench(Recorder(OPTIONS=answering(200, body="x" * 5000)))
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 500
    assert "5" in bench.told[0]


def test_a_request_that_no_reply_fits_is_told() -> None:
    bench = Bench(Broken(), dialect="opensips-1.11")
    vias = [f"Via: SIP/2.0/UDP h{n};branch=z9hG4bK{'x' * 150}" for n in range(22)]
    bench.request(sip_request("OPTIONS", *vias))
    assert not bench.take()
    assert any("no 500 could be sent" in line for line in bench.told)


def test_coroutines_are_started_in_order_and_may_wait() -> None:
    order: list[str] = []
    futures = []

    async def handler(request: Request) -> None:
        order.append(f"start {request.call_id}")
        future = bench.container.new_future()
        futures.append(future)
        await future
        order.append(f"end {request.call_id}")
        request.create_response(200).send()

    bench = Bench(Recorder(OPTIONS=handler))
    for name in "ab":
        bench.request(sip_request("OPTIONS", call_id=name))
    assert not bench.take()
    for future in reversed(futures):
        future.set_result(None)
    assert order == ["start a", "start b", "end b", "end a"]
    assert [sent["Call-ID"] for sent in bench.take()] == ["b", "a"]
    assert bench.is_empty()


def test_an_error_in_a_coroutine_is_a_500_too() -> None:
    async def handler(request: Request) -> None:
        raise ValueError("later")

    bench = Bench(Recorder(OPTIONS=handler))
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 500
    assert "ValueError: later" in bench.told[0]


def test_a_coroutine_without_spawn_is_told() -> None:
    async def handler(request: Request) -> None:
        """Never runs."""

    bench = Bench(Recorder(OPTIONS=handler), spawn=None)
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 500
    assert "Container(spawn=...)" in bench.told[0]


def test_a_background_coroutine() -> None:
    done = []

    async def work() -> None:
        done.append(1)

    async def fail() -> None:
        raise ValueError("in the background")

    bench = Bench(Recorder())
    bench.container.context.spawn(work())
    bench.container.context.spawn(fail())
    assert done == [1]
    assert "in the background" in bench.told[0]


def test_events_that_are_not_for_it() -> None:
    bench = Bench(recorder := Recorder())
    container = bench.container
    container.receive(Ping(sequence=1), bench.now)
    container.receive(UnknownEvent(type=77), bench.now)
    assert bench.counted() == {"events": 2, "unknown_events": 1}
    assert not recorder.requests


@pytest.mark.parametrize("payload", [b"", b"\0", bytes(14), b"\0\1" + b"\xff" * 40])
def test_a_damaged_message_is_told_once(payload: bytes) -> None:
    bench = Bench(recorder := Recorder())
    for _ in range(2):
        frame = TReqIn(
            protocol=1,
            source_address=b"",
            destination_address=b"",
            source_port=0,
            destination_port=0,
            hash_index=1,
            label=1,
            payload=payload,
        )
        bench.container.receive(frame, bench.now)
    assert not recorder.requests
    assert bench.counted()["malformed"] == 2
    (told,) = bench.told
    assert told.startswith("TReqIn not taken: ")


def test_init_may_fail() -> None:
    class Failing(Application):
        def init(self, context) -> None:
            raise RuntimeError("no database")

    def make() -> Container:
        return Container(
            Failing(),
            send=lambda action: None,
            new_id=lambda: "x",
            dialect=lookup("kamailio"),
            log=told.append,
        )

    told: list[str] = []
    with pytest.raises(RuntimeError, match="no database"):
        make().start(0)
    make().receive(Ping(sequence=1), 0)
    assert "RuntimeError: no database" in told[0]


def test_init_may_be_written_without_a_word_of_the_base() -> None:
    class Beginning(Application):
        def init(self, context) -> None:
            self.name = self.context.name

        def do_options(self, request) -> None:
            request.create_response(200, headers={"Subject": self.context.name}).send()

    bench = Bench(application := Beginning())
    bench.request(sip_request("OPTIONS"))
    assert bench.one()["Subject"] == application.name == "as_1"
    assert application.context is bench.container.context


@pytest.mark.parametrize("waits", [False, True])
def test_an_exit_in_a_handler_is_an_error_like_others(waits: bool) -> None:
    async def waiting(request: Request) -> None:
        sys.exit(3)

    def leaving(request: Request) -> None:
        sys.exit(3)

    bench = Bench(Recorder(OPTIONS=waiting if waits else leaving, MESSAGE=answering(200)))
    bench.request(sip_request("OPTIONS"))
    assert bench.one().status == 500
    assert "SystemExit: 3" in bench.told[0]
    bench.request(sip_request("MESSAGE", call_id="c2"))
    assert bench.one().status == 200


def test_what_a_handler_does_behind_the_end_is_not_told() -> None:
    async def waits(request: Request) -> None:
        await never
        request.create_response(200).send()

    never = Future()
    bench = Bench(Recorder(OPTIONS=waits))
    bench.request(sip_request("OPTIONS"))
    assert bench.container.close(bench.now) == 1
    never.set_result(None)
    assert not bench.told
    assert not bench.take()


def test_nothing_is_sent_before_the_start() -> None:
    container = Container(
        Recorder(), send=lambda action: None, new_id=lambda: "x", dialect=lookup("kamailio")
    )
    request = container.context.create_request("MESSAGE", "sip:b@h", "sip:a@h")
    with pytest.raises(LocalProtocolError, match="start"):
        request.send()


def test_the_dialect_may_be_learnt_later() -> None:
    bench = Bench(recorder := Recorder(MESSAGE=answering(200)), dialect="kamailio-5.4.2")
    bench.dialect = bench.container.dialect = lookup("openser-1.3.0")
    bench.request(sip_request("OPTIONS", "Organization: o"))
    assert recorder.requests[0].method == "OPTIONS"  # 6, which is REGISTER in the other
    assert recorder.requests[0].header("organization") == "o"


def test_time_never_goes_back() -> None:
    bench = Bench(Recorder())
    container = bench.container
    container.handle_timer(2000)
    container.handle_timer(1500)
    assert container.now == 2000


def test_a_timer_set_outside_is_told() -> None:
    changes: list[float | None] = []
    bench = Bench(
        Recorder(OPTIONS=lambda request: None),
        timer_changed=lambda: changes.append(bench.container.get_timer()),
        clock=lambda: bench.now,
    )
    bench.request(sip_request("OPTIONS"))
    assert not changes
    session = bench.container.context.create_application_session()
    bench.now += 1
    session.set_timer(5, lambda: None)
    session.set_timer(50, lambda: None)
    session.set_timer(4, lambda: None)
    assert changes == [1006.0, 1005.0]


def test_close_counts_what_is_left_and_wakes_who_waits() -> None:
    ended: list[tuple[int, bool]] = []

    async def wait(context) -> None:
        answer = await context.create_request("MESSAGE", "sip:b@h", "sip:a@h").send_and_wait()
        ended.append((answer.status, answer.is_local))

    bench = Bench(Recorder(OPTIONS=lambda request: None, INVITE=answering(200)))
    bench.container.context.spawn(wait(bench.container.context))
    bench.request(sip_request("OPTIONS"))
    bench.request(sip_request("INVITE"))
    assert bench.container.close(bench.now) == 1
    assert ended == [(503, True)]
    assert bench.is_empty()
    bench.take()
    bench.request(sip_request("OPTIONS"))
    assert not bench.take()


def test_a_send_that_fails_does_not_stop_the_container() -> None:
    def broken(action) -> None:
        raise ConnectionError("gone")

    bench = Bench(Recorder(OPTIONS=answering(200)))
    bench.container.send = broken
    bench.request(sip_request("OPTIONS"))
    assert "ConnectionError: gone" in bench.told[0]
