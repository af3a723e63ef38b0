"""The proxy, its configuration and sipp's scenarios work: shown with the plain server alone.

And what the configuration works around is there, so that nobody mends it away.
"""

import socket
import time
from collections import Counter

import pytest
from plain_app_server import PlainAppServer

from seastool.testing.loopback_ports import LOOPBACK

# Scenario, what makes the server behave so, and the requests that it must see of each call.
CALLS = 3
BEHAVIOURS = [
    ("options", {}, "OPTIONS"),
    ("register", {"contact": "<sip:bob@127.0.0.1:5099>"}, "REGISTER"),
    ("message", {}, "MESSAGE"),
    ("uac", {}, "INVITE ACK BYE"),
    ("invite_rejected", {"invite": 486}, "INVITE ACK"),
    ("invite_redirected", {"invite": 302, "contact": "<sip:carol@127.0.0.1:5099>"}, "INVITE ACK"),
    ("invite_cancelled", {"invite": 0}, "INVITE CANCEL ACK"),
]
OPTIONS = (
    f"OPTIONS sip:bob@{LOOPBACK} SIP/2.0\r\nVia: SIP/2.0/TCP {LOOPBACK}:9;branch=z9hG4bK1\r\n"
    f"From: <sip:alice@{LOOPBACK}>;tag=1\r\nTo: <sip:bob@{LOOPBACK}>\r\nCall-ID: 1@{LOOPBACK}\r\n"
    "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
TCP = 2


def wait_until(happened, seconds=10.0):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("scenario", "options", "methods"), BEHAVIOURS, ids=[name for name, *_ in BEHAVIOURS]
)
def test_scenarios(kamailio, sipp, scenario, options, methods, transport):
    with PlainAppServer(kamailio.port, **options) as server:
        result = sipp(scenario, calls=CALLS, transport=transport).run()
        assert (result.code, result.successful) == (0, CALLS), result.report
        wait_until(lambda: len(server.methods) >= CALLS * len(methods.split()))
    assert Counter(server.methods) == dict.fromkeys(methods.split(), CALLS)
    assert kamailio.troubles == []


@pytest.mark.parametrize("pongs", [True, False])
def test_whether_pings_are_answered_is_told(run_kamailio, pongs):
    kamailio = run_kamailio(pings="200:2:150")
    with PlainAppServer(kamailio.port, pongs=pongs):
        wait_until(lambda: kamailio.pings_answered >= 3 if pongs else sum(kamailio.pings) >= 6)
    assert bool(kamailio.pings_answered) is pongs


def test_a_request_by_tcp_has_no_answer_without_the_way_around(run_kamailio):
    kamailio = run_kamailio(definitions=("DIRECT_TCP",))
    with (
        PlainAppServer(kamailio.port) as server,
        socket.create_connection((LOOPBACK, kamailio.sip_port)) as caller,
    ):
        caller.sendall(OPTIONS.encode())
        wait_until(lambda: kamailio.troubles)
        caller.setblocking(False)
        with pytest.raises(BlockingIOError):
            caller.recv(1)
    assert [event.protocol for event in server.requests] == [TCP]
    assert "send_all(): send on 0 failed" in kamailio.troubles[0]
