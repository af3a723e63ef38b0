"""`seastool gateway` with `seastool appserver` behind it, called by sipp.

Who is called decides which application server gets it: its name is the user part.
"""

import socket
import time

import pytest
from gateway_process import Farm, ends_well

from seastool.testing.loopback_ports import LOOPBACK, free_ports, listening

CALLS = 5
TRANSPORTS = ("udp", "tcp")
ORDINARY = ("uac", "reinvite", "options", "register", "message")
REGISTRAR = ("--route", "bob method=REGISTER")  # its request URI has no user
DELAYED = ("--delay", "3s")
NOBODY = f"sip:nobody@{LOOPBACK}:9"  # where nobody listens


def behave(*whats):
    return tuple(word for what in whats for word in ("--behave", what))


def check(result, calls=CALLS):
    """All calls have gone as the scenario says."""
    if (result.code, result.successful, result.failed) != (0, calls, 0):
        pytest.fail(result.report)


def check_all(*runs, calls=CALLS):
    """The same of several at once."""
    for run in runs:
        run.start()
    for run in runs:
        check(run.wait(), calls)


@pytest.fixture(scope="module")
def callee_port():
    """Where somebody else can be called: as many ports as there are servers for it."""
    return free_ports(4)


@pytest.fixture(scope="module")
def farm(tmp_path_factory, callee_port):
    """Ordinary timers."""
    servers = {
        "bob": behave("answer", "REGISTER=register"),
        "busy": behave("reject 486"),
        "moved": behave("redirect sip:carol@127.0.0.1:5099"),
        "slow": DELAYED,
    }
    for number, name in enumerate(("b2bua", "proxy")):
        for transport in TRANSPORTS:
            port = callee_port + 2 * number + (transport == "tcp")
            where = f"sip:carol@{LOOPBACK}:{port};transport={transport}"
            servers[f"{name}-{transport}"] = behave(f"{name} {where}")
    with Farm(tmp_path_factory.mktemp("farm"), servers, *REGISTRAR) as started:
        started.callees = {name: callee_port + n for n, name in enumerate(list(servers)[4:])}
        yield started


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Timers that run out soon."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind((LOOPBACK, 0))
        silent = f"sip:silent@{LOOPBACK}:{mute.getsockname()[1]}"
        servers = {
            "bob": behave("answer"),
            "busy": behave("reject 486"),
            "b2bua-silent": behave(f"b2bua {silent}"),
            "proxy-silent": behave(f"proxy {silent}"),
            "b2bua-nobody": behave(f"b2bua {NOBODY}"),
            "proxy-nobody": behave(f"proxy {NOBODY};transport=tcp"),
        }
        with Farm(tmp_path_factory.mktemp("quick"), servers, "--t1", "50ms") as started:
            yield started


@pytest.fixture
def callee(run_sipp, farm):
    """Start sipp as the one whom that application server calls."""

    def start(scenario, name):
        transport, port = name.rpartition("-")[2], farm.callees[name]
        taken = run_sipp("", scenario, transport=transport, port=port, calls=CALLS)
        taken.start()
        end = time.monotonic() + 10
        while port not in listening(transport):
            assert time.monotonic() < end, "sipp does not listen"
            time.sleep(0.02)
        return taken

    return start


@pytest.mark.parametrize("transport", [*TRANSPORTS, "tcp-each"])
def test_ordinary_calls_and_requests(farm, run_sipp, transport):
    check_all(*(run_sipp(farm.sip, one, transport=transport, calls=CALLS) for one in ORDINARY))


def test_many_calls(farm, run_sipp):
    result = run_sipp(farm.sip, calls=400, rate=200, messages=False).run()
    check(result, 400)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_calls_that_are_not_answered(farm, run_sipp, transport):
    wanted = {"busy": "invite_rejected", "moved": "invite_redirected", "slow": "invite_cancelled"}
    check_all(
        *(
            run_sipp(farm.sip, scenario, service=name, transport=transport, calls=CALLS)
            for name, scenario in wanted.items()
        )
    )


def test_what_is_not_acknowledged_is_repeated(quick, run_sipp):
    """RFC 3261 section 13.3.1.4, over TCP too, and 17.2.1."""
    options = {"calls": CALLS, "absorbs": False}
    check_all(
        run_sipp(quick.sip, "invite_ack_lost", **options),
        run_sipp(quick.sip, "invite_ack_lost", transport="tcp", **options),
        run_sipp(quick.sip, "invite_rejected_ack_lost", service="busy", **options),
    )


def test_one_packet_in_ten_is_lost(quick, run_sipp):
    """What is lost is sipp's choice: now and then it is every repetition of one message. Then the
    calls are made again, twice at most."""
    repeated = 0
    for scenario, name in (("uac", "bob"), ("message", "bob"), ("invite_rejected", "busy")):
        for tries_left in (2, 1, 0):
            result = run_sipp(quick.sip, scenario, service=name, calls=30, lost=10).run()
            repeated += result.retransmissions
            if result.code == 0 or not tries_left:
                break
        check(result, 30)
    assert repeated > 0


def test_nobody_answers(quick, run_sipp):
    check_all(
        *(
            run_sipp(quick.sip, "invite_failed", service=name, calls=CALLS)
            for name in quick.servers
            if "-" in name
        )
    )


def test_ipv6(tmp_path, run_sipp):
    with Farm(tmp_path / "farm", {"bob": ()}, host="[::1]") as farm:
        options = {"calls": CALLS, "host": "[::1]"}
        check_all(
            *(
                run_sipp(farm.sip, scenario, transport=transport, **options)
                for scenario in ("uac", "options")
                for transport in TRANSPORTS
            )
        )


@pytest.mark.parametrize("server", ["openser-1.2.0", "opensips-1.11.11"])
def test_a_gateway_like_another_server(tmp_path, run_sipp, server):
    servers = {"bob": (), "busy": behave("reject 486"), "slow": DELAYED}
    with Farm(tmp_path / "farm", servers, "--like", server) as farm:
        wanted = {"bob": "uac", "busy": "invite_rejected", "slow": "invite_cancelled"}
        check_all(
            *(
                run_sipp(farm.sip, scenario, service=name, transport=transport, calls=CALLS)
                for name, scenario in wanted.items()
                for transport in TRANSPORTS
            )
        )


def test_calls_go_to_the_second_application_server_when_the_first_is_gone(
    run_gateway, app_server, run_sipp
):
    gateway = run_gateway("--as", "first", "--as", "second")
    first = app_server(gateway, "--name", "first", *behave("reject 486"))
    second = app_server(gateway, "--name", "second")
    check_all(run_sipp(gateway.sip, "invite_rejected", calls=CALLS))
    first.kill()
    check_all(run_sipp(gateway.sip, "uac", calls=CALLS))
    ends_well(second, gateway)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("behaviour", ["b2bua", "proxy"])
def test_somebody_else_is_called(farm, run_sipp, callee, behaviour, transport):
    name = f"{behaviour}-{transport}"
    taken = callee("callee_answers", name)
    options = {"service": name, "transport": transport, "calls": CALLS}
    check_all(run_sipp(farm.sip, "call_to_contact", **options))
    check(taken.wait())


REFUSALS = {"callee_busy": 486, "callee_rejects": 603}


@pytest.mark.parametrize("behaviour", ["b2bua", "proxy"])
@pytest.mark.parametrize(("scenario", "status"), REFUSALS.items(), ids=REFUSALS)
def test_somebody_else_refuses(farm, run_sipp, callee, behaviour, scenario, status):
    name = f"{behaviour}-udp"
    taken = callee(scenario, name)
    replacing = {'response="486"': f'response="{status}"'}
    options = {"service": name, "replacing": replacing, "calls": CALLS}
    check_all(run_sipp(farm.sip, "invite_rejected", **options))
    check(taken.wait())


@pytest.mark.parametrize("behaviour", ["b2bua", "proxy"])
def test_the_caller_hangs_up_while_it_rings(farm, run_sipp, callee, behaviour):
    name = f"{behaviour}-udp"
    taken = callee("callee_rings", name)
    check_all(run_sipp(farm.sip, "invite_cancelled", service=name, calls=CALLS))
    check(taken.wait())
