"""`seastool appserver` behind a real Kamailio, called by sipp."""

import re
import signal
import time

import pytest

CARRIED = ("udp", "tcp")
BEHAVIOURS = [
    ("invite_rejected", ("--behave", "reject 486")),
    ("invite_redirected", ("--behave", "redirect sip:carol@127.0.0.1:5099")),
    ("invite_cancelled", ("--behave", "answer", "--delay", "3s")),
]
BY_METHOD = ("OPTIONS=answer", "REGISTER=register", "MESSAGE=answer")


def wait_until(happened, seconds=15.0):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def all_well(result, calls):
    return (result.code, result.successful, result.failed) == (0, calls, 0)


def answers(sipp):
    """Whether one call is answered now."""
    return all_well(sipp("options", timeout=5).run(), 1)


def test_it_connects_binds_and_answers_pings(run_kamailio, app_server):
    kamailio = run_kamailio(pings="200:2:150")
    server = app_server(kamailio)
    wait_until(lambda: kamailio.pings_answered >= 5)
    assert server.alive
    assert kamailio.troubles == []


def test_200_calls_at_50_a_second(kamailio, app_server, sipp):
    server = app_server(kamailio, "--behave", "answer")
    result = sipp("uac", calls=200, rate=50).run()
    assert all_well(result, 200), result.report
    assert kamailio.troubles == []
    assert server.end() == 0, server.err


@pytest.mark.parametrize("transport", CARRIED)
def test_requests_out_of_calls(kamailio, app_server, sipp, transport):
    app_server(kamailio, *(word for what in BY_METHOD for word in ("--behave", what)))
    for scenario in ("options", "register", "message"):
        result = sipp(scenario, calls=5, transport=transport).run()
        assert all_well(result, 5), result.report
    assert kamailio.troubles == []


@pytest.mark.parametrize("transport", CARRIED)
def test_a_request_without_a_transaction(kamailio, app_server, sipp, transport):
    server = app_server(kamailio, "-v")
    result = sipp("options", service="stateless", transport=transport).run()
    assert all_well(result, 1), result.report
    server.end()
    assert all(frame in server.out for frame in ("SL_REQ_IN", "SL_MSG"))


@pytest.mark.parametrize("transport", CARRIED)
@pytest.mark.parametrize(("scenario", "options"), BEHAVIOURS, ids=[name for name, _ in BEHAVIOURS])
def test_calls_that_are_not_answered(kamailio, app_server, sipp, scenario, options, transport):
    app_server(kamailio, *options)
    result = sipp(scenario, calls=5, transport=transport).run()
    assert all_well(result, 5), result.report
    assert kamailio.troubles == []


@pytest.mark.parametrize("status", [404, 603])
def test_calls_are_rejected_with_the_status_wanted(kamailio, app_server, sipp, status):
    app_server(kamailio, "--behave", f"reject {status}")
    replacing = {'response="486"': f'response="{status}"'}
    result = sipp("invite_rejected", calls=2, replacing=replacing).run()
    assert all_well(result, 2), result.report


def test_calls_by_tcp_are_answered(kamailio, app_server, sipp):
    app_server(kamailio, "--behave", "answer")
    result = sipp("uac", calls=20, transport="tcp").run()
    assert all_well(result, 20), result.report
    assert kamailio.troubles == []


def test_it_comes_back_when_the_proxy_was_killed(kamailio, app_server, sipp):
    server = app_server(kamailio, "--behave", "answer")
    run = sipp("options", calls=120, rate=20)
    run.start()
    wait_until(lambda: run.begun >= 20)
    kamailio.close()
    kamailio.start()
    wait_until(lambda: answers(sipp))
    # Of the calls in between some fail; all after it must not.
    assert all_well(after := sipp("uac", calls=20, rate=20).run(), 20), after.report
    result = run.wait()
    assert result.calls == 120
    assert result.successful >= 40, result.report
    assert server.alive
    assert server.end(signal.SIGINT) == 130, server.err


@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM])
def test_another_takes_its_place_under_a_running_proxy(kamailio, app_server, sipp, ended_by):
    first = app_server(kamailio, "--behave", "reject 486")
    assert all_well(before := sipp("invite_rejected").run(), 1), before.report
    first.end(ended_by)
    app_server(kamailio, "--behave", "answer")
    assert all_well(after := sipp("uac", calls=5).run(), 5), after.report


def test_who_leaves_takes_its_binding_back(kamailio, app_server, sipp):
    first = app_server(kamailio, "--processor-id", "5")
    assert first.end() == 0, first.err
    second = app_server(kamailio, "--processor-id", "7", "-v")
    assert answers(sipp)
    second.end()
    # The first binding of an address decides: one that is left would have its request.
    (request,) = re.findall(r"T_REQ_IN.*?processor_id +(\d+)", second.out, re.DOTALL)
    assert request == "7"
    assert kamailio.troubles == []
