"""The endpoints for tests, without pytest's fixtures: each method, over real sockets."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seastool import Reply
from seastool.errors import NotConnected
from seastool.net.app_endpoint import Options
from seastool.testing import (
    NotInTime,
    RunningOpenser,
    TrafficFile,
    running_appserver,
    running_gateway,
    running_openser,
    sip_request,
)
from seastool.testing.loop_thread import LoopThread


@pytest.fixture
def proxy() -> Iterator[RunningOpenser]:
    with running_openser() as proxy:
        yield proxy


def test_a_call(proxy: RunningOpenser) -> None:
    with running_appserver("answer", proxy) as server:
        call = proxy.request("INVITE", "sip:carol@example.com")
        answer = call.final()
        assert (answer.status, answer.reason, answer.method) == (200, "OK", "INVITE")
        assert call.statuses == [100, 180, 200]
        assert call.reply(180).header("to") == answer.header("To")
        assert answer.headers("Via") == call.request.headers("Via")
        assert call.request.uri == "sip:carol@example.com"
        assert call.ack().request.method == "ACK"
        assert call.bye().final().status == 200
        assert not proxy.mistakes
        assert "connected to" in server.log[0]
        assert repr(answer) == "<SipMessage '200 OK'>"


def test_a_call_that_is_cancelled(proxy: RunningOpenser) -> None:
    with running_appserver("silent", proxy):
        call = proxy.request("INVITE")
        assert call.cancel().final().status == 200
        assert call.final().status == 487


def test_who_calls_out_is_answered_by_the_far_end_or_by_the_test(proxy: RunningOpenser) -> None:
    with running_appserver("b2bua sip:carol@127.0.0.1:5999", proxy):
        call = proxy.request("INVITE")
        assert call.final().status == 200
        assert proxy.wait_for_request("INVITE").uri == "sip:carol@127.0.0.1:5999"
        assert proxy.requests[0].method == "INVITE"
    with (
        running_openser(far_end=()) as silent,
        running_appserver("b2bua sip:carol@127.0.0.1:5999", silent),
    ):
        call = silent.request("INVITE")
        silent.respond(silent.wait_for_request("INVITE"), 486, headers=[("Subject", "busy")])
        assert call.final().status == 486
        with pytest.raises(NotInTime, match=r"no request 3 within 0 s: INVITE"):
            silent.wait_for_request("", 3, seconds=0)


def test_a_request_that_no_application_server_hears_of() -> None:
    with running_openser(like="kamailio-5.6.3") as proxy:
        with pytest.raises(NotConnected):
            proxy.request("OPTIONS")
        with running_appserver("answer", proxy):
            refused = proxy.request("OPTIONS")  # Content-Length: 0, a fault of that server
            assert refused.final().status == 500
            assert refused.refused
            assert proxy.request("OPTIONS", body="x").final().status == 200


def test_mistakes_are_kept(proxy: RunningOpenser) -> None:
    with running_appserver("answer", proxy) as server:
        call = proxy.request("OPTIONS")
        text = call.final().data
        stray = Reply(processor_id=1, hash_index=1, label=2, text=text)
        server.call(server.server.send, stray)
        end = time.monotonic() + 5
        while not proxy.mistakes:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert proxy.mistakes[0].rule == "reply-unknown"


def test_what_is_run_in_their_threads(proxy: RunningOpenser) -> None:
    with running_appserver("answer", proxy) as server:
        names = proxy.call(lambda one: (threading.current_thread().name, one.port))
        assert names == ("seastool openser", proxy.port)
        assert server.call(lambda: threading.current_thread().name) == "seastool appserver"


def test_nothing_is_left_of_them() -> None:
    before = set(threading.enumerate())
    with running_gateway() as gateway, running_appserver("answer", gateway):
        assert gateway.phone().request("OPTIONS").final().status == 200
        assert set(threading.enumerate()) > before
    assert set(threading.enumerate()) == before


def test_a_phone_is_called_through_the_gateway() -> None:
    with running_gateway() as gateway:
        caller, callee = gateway.phone(), gateway.phone()
        with running_appserver(f"proxy sip:bob@{callee.address}", gateway):
            call = caller.request("INVITE")
            invite = callee.wait_for_request("INVITE")
            assert invite.call_id == call.request.call_id
            callee.respond(invite, 180)
            assert call.reply(180).status == 180
            callee.respond(invite, 603)
            assert call.final().status == 603
            number = (invite.header("CSeq") or "").partition(" ")[0]
            assert callee.wait_for_request("ACK").header("CSeq") == f"{number} ACK"
            assert gateway.sip == f"127.0.0.1:{gateway.sip_port}"
            assert gateway.sip_tcp_port
            assert gateway.call(lambda one: one.statistics.tried) == 1


def test_who_connects_nowhere() -> None:
    with running_openser() as gone:
        port = gone.port
    with (
        pytest.raises(NotInTime, match=r"no answer of the proxy at 127.0.0.1:\d+ within 0.2 s"),
        running_appserver("answer", port, options=Options(), seconds=0.2),
    ):
        pass


def test_a_port_that_is_taken(proxy: RunningOpenser) -> None:
    before = threading.active_count()
    with pytest.raises(OSError, match="in use"), running_openser(port=proxy.port):
        pass
    assert threading.active_count() == before


def test_a_loop_thread_tells_what_was_raised_and_what_was_late() -> None:
    thread = LoopThread("x")

    async def fails() -> None:
        raise KeyError("k")

    with pytest.raises(KeyError):
        thread.run(fails())
    with pytest.raises(NotInTime, match=r"^sleep: not within 0.01 s$"):
        thread.run(asyncio.sleep(5), 0.01, "sleep")
    asyncio.run_coroutine_threadsafe(asyncio.sleep(60), thread.loop)
    thread.close()
    thread.close()
    assert thread.loop.is_closed()


def test_both_ends_in_one_capture(tmp_path: Path) -> None:
    file = TrafficFile(tmp_path / "both.pcapng")
    for _ in range(2):
        with (
            running_openser(traffic=file.ear()) as proxy,
            running_appserver("answer", proxy, traffic=file.ear()),
        ):
            proxy.request("OPTIONS").final()
    file.close()
    records = file.records()
    types = [one.type_name for one in records]
    assert types.count("T_REQ_IN") == types.count("REPLY_FIN") == 2
    assert types.count("name") == 4
    assert "gap" not in types
    assert {one.captured.connection for one in records} == {0, 1, 2, 3}
    times = [one.captured.time_ns for one in records]
    assert times == sorted(times)


def test_a_request_is_what_is_asked_for() -> None:
    text = sip_request(
        "MESSAGE",
        "sip:b@h",
        call_id="c",
        cseq=7,
        branch="z9hG4bKb",
        from_="<sip:a@h>;tag=1",
        headers=[("Max-Forwards", "1"), ("Subject", "ä")],
        body="hello",
    )
    assert (
        text
        == (
            "MESSAGE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5990;branch=z9hG4bKb\r\n"
            "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 7 MESSAGE\r\n"
            "Contact: <sip:alice@127.0.0.1:5990>\r\nContent-Type: text/plain\r\n"
            "Max-Forwards: 1\r\nSubject: ä\r\nContent-Length: 5\r\n\r\nhello"
        ).encode()
    )
