"""The gateway does with the same SIP what a real Kamailio does, byte for byte.

Not compared: hash indexes and labels (but which of them are the same is), To tags, branches and
Server headers that the proxy makes, the version in front of a response, the words of a fault of
its own, the order of headers in an ACK of its own, and in which way a message is refused that the
application server never sees: the real one drops what the gateway answers with 400. All else, where
it differs, is in KNOWN.
"""

import re

import pytest
from parity_case import Ports
from parity_cases import cases
from parity_run import ParityRun, differences

from seastool.testing.loopback_ports import free_ports

# The script leaves messages as they came, so that those of length 0 are refused as well.
AS_THEY_COME = ("KEEP_ZERO_LENGTH",)
LIKE = ("--like", "kamailio-5.6.3", "--no-checks", "-q")
# The script has the way around the first of these, and of the second where it removes the header.
WAYS_AROUND = ("--quirk", "no-provisional-replies-lost")
NO_ZERO_LENGTH = ("--quirk", "no-content-length-zero")
DEADLY = 3  # more cases than are known may end the real server
KNOWN = {
    "rejected-and-acknowledged-twice": "the gateway reports the ACK to a failure once",
    "method-7-invite": "Kamailio takes a method in lower case for INVITE, and sends 100",
    "empty-lines-before": "Kamailio hands them on with the request",
}
ZERO_LENGTH = re.compile(rb"^(?:Content-Length|l)[ \t]*:[ \t]*0[ \t]*\r\n", re.I | re.M)


def ports_of(kamailio):
    own = free_ports(2)
    return Ports(kamailio.sip_port, kamailio.port, own, own + 1)


def through_kamailio(kamailio, ports, chosen):
    """The traces of all cases that it survives."""
    run = ParityRun(ports, chosen, kamailio)
    traces = run.run()
    kamailio.close()
    assert len(run.deadly) <= DEADLY, run.deadly
    return traces


def through_gateway(run_gateway, ports, chosen, *options):
    """The traces of all cases: none may end it. It ends when it is asked to."""
    gateway = run_gateway(*LIKE, *options, sip_port=ports.sip, seas_port=ports.seas)
    traces = ParityRun(ports, chosen).run()
    assert gateway.end() == 0
    assert "Traceback" not in gateway.err
    assert "fault" not in gateway.err
    return traces


def as_the_script_leaves_it(data):
    """Without the header that it removes."""
    head, end, body = data.partition(b"\r\n\r\n")
    return ZERO_LENGTH.sub(b"", head + b"\r\n") + end[2:] + body


@pytest.fixture
def kamailio(run_kamailio):
    return run_kamailio(pings="", definitions=AS_THEY_COME)


def test_kamailio_is_equal_to_itself(kamailio):
    ports = ports_of(kamailio)
    chosen = cases(ports)
    first = through_kamailio(kamailio, ports, chosen)
    assert sum(bool(trace.events) for trace in first.values()) > 300
    assert sum(not trace.events for trace in first.values()) > 50
    kamailio.start()
    second = through_kamailio(kamailio, ports, chosen)
    assert differences(first, second) == {}


def test_the_gateway_is_equal_to_kamailio(kamailio, run_gateway):
    ports = ports_of(kamailio)
    chosen = cases(ports)
    real = through_kamailio(kamailio, ports, chosen)
    ours = through_gateway(run_gateway, ports, chosen, *WAYS_AROUND)
    different = differences(real, ours)
    assert {name: different[name] for name in different if name not in KNOWN} == {}
    assert set(different) == set(KNOWN) & set(real), "what is known is no longer so"


def test_the_gateway_is_equal_to_kamailio_with_the_script_that_removes_a_length_of_0(
    run_kamailio, run_gateway
):
    kamailio = run_kamailio(pings="")
    ports = ports_of(kamailio)
    chosen = [case for case in cases(ports) if re.match("zero-|torture-|golden-odd", case.name)]
    real = through_kamailio(kamailio, ports, chosen)
    assert sum(bool(trace.events) for trace in real.values()) > 30
    for case in chosen:
        case.steps = [as_the_script_leaves_it(step) for step in case.steps]
    ours = through_gateway(run_gateway, ports, chosen, *WAYS_AROUND, *NO_ZERO_LENGTH)
    assert differences(real, ours) == {}
