"""Where a response goes: RFC 3261 section 18.2.2 and RFC 3581, with a gateway process."""

import socket

import pytest
from gateway_process import Farm
from wire_caller import WireCaller

from seastool.testing.loopback_ports import LOOPBACK

SOON = 5.0
SERVERS = {"bob": ("-q",), "slow": ("-q", "--behave", "reject 486", "--delay", "500ms")}


@pytest.fixture(scope="module")
def farm(tmp_path_factory):
    with Farm(tmp_path_factory.mktemp("farm"), SERVERS) as started:
        yield started


@pytest.fixture
def elsewhere():
    """Another socket of the caller's, to which nothing is sent by it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind((LOOPBACK, 0))
        one.settimeout(SOON)
        yield one


def from_port(message, caller, port, parameters=""):
    """With another port in the Via."""
    old = f":{caller.port};branch".encode()
    assert message.count(old) == 1
    return message.replace(old, f":{port}{parameters};branch".encode())


def test_to_the_port_in_the_via(farm, elsewhere):
    with WireCaller(farm.sip_port) as caller:
        port = elsewhere.getsockname()[1]
        caller.send(from_port(caller.request("port"), caller, port))
        assert elsewhere.recv(4096).startswith(b"SIP/2.0 200 ")
        assert caller.fence()
        assert caller.statuses("port", "OPTIONS") == []


def test_to_the_port_that_it_came_from_where_that_is_asked_for(farm, elsewhere):
    with WireCaller(farm.sip_port) as caller:
        port = elsewhere.getsockname()[1]
        caller.send(from_port(caller.request("rport"), caller, port, ";rport"))
        assert caller.wait(lambda: caller.statuses("rport", "OPTIONS") == [200])
        via = f";rport={caller.port};".encode(), f";received={LOOPBACK}\r\n".encode()
        assert all(part in caller.got[0] for part in via)


def test_to_the_address_of_maddr(farm, elsewhere):
    with WireCaller(farm.sip_port) as caller:
        port = elsewhere.getsockname()[1]
        text = from_port(caller.request("maddr"), caller, port, f";maddr={LOOPBACK}")
        caller.send(text.replace(b"UDP 127.0.0.1:", b"UDP strange.invalid:"))
        assert elsewhere.recv(4096).startswith(b"SIP/2.0 200 ")


def test_by_the_connection_of_the_request(farm):
    with (
        WireCaller(farm.sip_port, "tcp") as first,
        WireCaller(farm.sip_port, "tcp") as second,
    ):
        # Both say the same port, which is none that anybody listens on.
        text = from_port(first.request("one"), first, 9)
        first.send(text)
        second.send(text.replace(b"one", b"two"))
        assert first.wait(lambda: first.statuses("one", "OPTIONS") == [200])
        assert second.wait(lambda: second.statuses("two", "OPTIONS") == [200])


def test_by_a_new_connection_when_that_is_gone(farm):
    with socket.create_server((LOOPBACK, 0)) as listening:
        listening.settimeout(SOON)
        with WireCaller(farm.sip_port, "tcp", user="slow") as caller:
            port = listening.getsockname()[1]
            caller.send(from_port(caller.request("gone", "INVITE"), caller, port))
            assert caller.wait(lambda: 100 in caller.statuses("gone", "INVITE"))
        connection, _ = listening.accept()
        with connection:
            connection.settimeout(SOON)
            assert connection.recv(4096).startswith(b"SIP/2.0 486 ")


def test_nowhere_when_nobody_listens(farm):
    with WireCaller(farm.sip_port, "tcp", user="slow") as caller:
        caller.send(from_port(caller.request("nowhere", "INVITE"), caller, 9))
        assert caller.wait(lambda: 100 in caller.statuses("nowhere", "INVITE"))
    with WireCaller(farm.sip_port) as other:
        assert other.wait(lambda: "127.0.0.1:9: connection refused" in farm.gateway.err)
        assert other.call("goes-on")
