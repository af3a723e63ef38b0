"""Requests that come closer to each other, or in another order, than sipp can send them."""

import pytest
from gateway_process import Farm
from wire_caller import WireCaller

CALLS = 20
ONCE = ("INVITE", "MESSAGE", "ACK")
SERVERS = {
    "bob": (),
    "slow": ("--delay", "20s"),
    "mixed": ("-q", "--behave", "reject 486", "--behave", "MESSAGE=answer"),
}


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    """One gateway for all; who is called decides which application server gets it."""
    with Farm(tmp_path_factory.mktemp("farm"), SERVERS) as started:
        yield started


def acknowledge(caller, name, status):
    tag = caller.to_tag(name, status)
    branch = "1" if status >= 300 else "9"
    caller.send(caller.request(name, "ACK", branch=branch, cseq="1 ACK", to_tag=tag))


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_cancel_right_behind_the_invite(farm, transport):
    with WireCaller(farm.sip_port, transport, user="slow") as caller:
        names = [f"early-{number}" for number in range(CALLS)]
        for name in names:
            invite = caller.request(name, "INVITE")
            caller.send(invite, caller.request(name, "CANCEL", cseq="1 CANCEL"))
        for name in names:
            assert caller.wait(lambda one=name: 487 in caller.statuses(one, "INVITE"))
            acknowledge(caller, name, 487)
            assert caller.wait(lambda one=name: caller.statuses(one, "CANCEL") == [200])
            finals = {status for status in caller.statuses(name, "INVITE") if status >= 200}
            assert finals == {487}
        assert caller.fence()


def test_cancel_overtakes_the_invite(farm):
    with WireCaller(farm.sip_port) as caller:
        for name in (f"overtaken-{number}" for number in range(CALLS)):
            cancel = caller.request(name, "CANCEL", cseq="1 CANCEL")
            caller.send(cancel, caller.request(name, "INVITE"))
            assert caller.wait(lambda one=name: 200 in caller.statuses(one, "INVITE"))
            acknowledge(caller, name, 200)
            # RFC 3261 section 9.2: there is nothing that it could cancel.
            assert caller.statuses(name, "CANCEL") == [481]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_cancel_when_it_is_answered(farm, transport):
    with WireCaller(farm.sip_port, transport) as caller:
        caller.send(caller.request("late", "INVITE"))
        assert caller.wait(lambda: 200 in caller.statuses("late", "INVITE"))
        caller.send(caller.request("late", "CANCEL", cseq="1 CANCEL"))
        # Section 9.2: it has no effect, and is answered with 200.
        assert caller.wait(lambda: caller.statuses("late", "CANCEL") == [200])
        acknowledge(caller, "late", 200)
        assert caller.fence()
        assert set(caller.statuses("late", "INVITE")) == {100, 180, 200}


def test_a_request_that_is_repeated_reaches_the_application_server_once(farm):
    with WireCaller(farm.sip_port, user="mixed") as caller:
        invite, message = (caller.request("again", method) for method in ("INVITE", "MESSAGE"))
        caller.send(invite, invite, message, invite, message)
        assert caller.wait(lambda: 486 in caller.statuses("again", "INVITE"))
        acknowledge(caller, "again", 486)
        assert caller.wait(lambda: 200 in caller.statuses("again", "MESSAGE"))
        assert caller.fence()
        before = len(caller.statuses("again", "MESSAGE"))
        caller.send(message)
        assert caller.wait(lambda: len(caller.statuses("again", "MESSAGE")) > before)
        assert set(caller.statuses("again", "MESSAGE")) == {200}
    lines = farm.gateway.out.splitlines()
    told = [line for line in lines if " T_REQ_IN " in line and " again" in line]
    assert len(told) == len(ONCE)
    assert all(f" {method} sip:" in line for method, line in zip(ONCE, told, strict=True))


def test_the_same_request_by_another_way_is_refused(farm):
    """RFC 3261 section 8.2.2.2: not retransmitted, but merged."""
    with WireCaller(farm.sip_port, user="slow") as caller:
        caller.send(caller.request("merged", "INVITE"))
        assert caller.wait(lambda: 180 in caller.statuses("merged", "INVITE"))
        caller.send(caller.request("merged", "INVITE", branch="other"))
        assert caller.wait(lambda: 482 in caller.statuses("merged", "INVITE"))


def test_calls_go_on_when_the_application_server_has_gone_and_come(run_gateway, app_server):
    gateway = run_gateway()
    server = app_server(gateway)
    with WireCaller(gateway.sip_port) as caller:
        assert caller.call("before")
        server.kill()
        assert caller.wait(lambda: "is gone" in gateway.err)
        caller.send(caller.request("between"))
        assert caller.wait(lambda: bool(caller.statuses("between", "OPTIONS")))
        assert caller.statuses("between", "OPTIONS")[0] >= 500
        app_server(gateway)
        assert caller.call("after")
