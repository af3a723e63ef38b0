"""The messages of RFC 4475 through a gateway process: answered or dropped, and it goes on.

What an element that is called may do with each is in tests/torture/rfc4475.txt.
"""

from itertools import product

import pytest
from gateway_process import ends_well
from torture_messages import torture_messages
from wire_caller import PATIENCE, WireCaller

# Valid, and refused all the same, as by the real server: its parser or its encoder cannot.
# wsinv folds where that parser does not look, intmeth and esc02 have signs in the method that it
# does not know, longreq is too long for an event, the others are of schemes that it cannot encode.
REFUSED = {"wsinv", "intmeth", "esc02", "longreq", "unkscm", "novelsc", "unksm2", "regaut01"}
# As it is in the RFC, each of these is followed by bytes that no message of the stream begins
# with, or starts with a line that no stream can be cut at: the connection ends.
CUT = {
    "clerr": "the body is not all there",
    "dblreq": "a second body is longer than it says",
    "inv2543": "no Content-Length",
    "mcl01": "two of them",
    "ncl": "one below zero",
    "lwsruri": "start line",
    "lwsstart": "start line",
    "trws": "start line",
    "badvers": "start line",
    "bigcode": "start line",
}
PROVISIONAL = range(100, 200)
SUCCESS = range(200, 300)
REFUSAL = range(400, 600)
QUIET = 0.03  # seconds, behind the answer to a later request, that nothing more comes in


def finals(caller):
    """The final statuses of what is not the fence, each once."""
    told = dict.fromkeys(data for data in caller.got if b"\r\nCall-ID: fence-" not in data)
    return [status for data in told if (status := int(data[8:11])) not in PROVISIONAL]


def allowed(message, is_cut, is_checked):
    """The ranges of final statuses, one of which must come, or None where none need come."""
    if message.is_response:
        return (None,)
    if message.is_valid and message.name not in REFUSED and not is_cut:
        return (SUCCESS, message.refusals)
    if message.may_be_taken or not is_checked:
        return (None, SUCCESS, REFUSAL)
    return (None, REFUSAL)


def is_among(got, ranges):
    """Whether that is what was allowed."""
    return any(not got if one is None else len(got) == 1 and got[0] in one for one in ranges)


# One gateway takes each message for merged that comes again by the other transport.
RUNS = [("udp", ()), ("tcp", ()), ("udp tcp", ("--no-checks",))]


@pytest.mark.parametrize(("transports", "checks"), RUNS, ids=["udp", "tcp", "no-checks"])
def test_each_is_answered_or_dropped(run_gateway, app_server, transports, checks):
    gateway = run_gateway(*checks)
    server = app_server(gateway, "-q")
    wrong = []
    for message, transport in product(torture_messages(), transports.split()):
        with WireCaller(gateway.sip_port, transport) as caller:
            caller.send(message.sent_from("127.0.0.1", caller.port, transport.upper()))
            is_cut = transport == "tcp" and message.name in CUT
            goes_on = is_cut or caller.fence()
            may = allowed(message, is_cut, not checks)
            caller.wait(lambda one=caller: bool(finals(one)), QUIET if None in may else PATIENCE)
            got = finals(caller)
        if not goes_on or not is_among(got, may):
            wrong.append((transport, message.name, message.section, goes_on, got, may))
    assert wrong == []
    for again in ("udp", "tcp"):
        with WireCaller(gateway.sip_port, again) as caller:
            assert caller.call(f"afterwards-{again}")
    ends_well(server, gateway)


def test_what_is_refused_is_refused_with_the_status_of_the_rfc(run_gateway, app_server):
    gateway = run_gateway()
    wanted = {"clerr": 400, "ncl": 400, "quotbal": 400, "mismatch01": 400, "mismatch02": 400}
    wanted |= {"zeromf": 483, "bext01": 420, "invut": 415, "badvers": 505}
    server = app_server(gateway, "-q")
    got = {}
    for message in torture_messages():
        if message.name in wanted:
            with WireCaller(gateway.sip_port) as caller:
                caller.send(message.sent_from("127.0.0.1", caller.port))
                assert caller.wait(lambda one=caller: bool(finals(one)))
                got[message.name], *_ = finals(caller)
    assert got == wanted
    ends_well(server, gateway)
