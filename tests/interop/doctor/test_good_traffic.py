"""No false alarm: real sessions, and messages that real servers did take."""

import base64
import gzip
import json
import struct
from pathlib import Path

import pytest
from diagnosing import CAPTURES, ROOT, causes, diagnose
from doctor_stage import ACTION_PORT, NAME, Stage, request, response, without, without_packet
from prepared_failures import two_calls

from seastool.interop.doctor.prediction import predict
from seastool.interop.finding import Severity
from seastool.seas.dialects import lookup
from seastool.seas.openser import usable

LAST_OF_OPENING = 10
GOLDEN = ROOT / "tests" / "golden"
# What the sessions hold on purpose (captures/SOURCES.md, tests/capture/session_frames.md): a
# UAC_REQ without From tag, a request to where nobody is, a stateless response.
ON_PURPOSE = ["uac-from-tag", "sl-response", "uac-timed-out"]
PACKETS = {
    "kamailio-5.6.3-session.pcap": [93, 131, 106],
    "openser-1.3.0-session.pcap": [81, 109, 111],
}


def test_twenty_calls_of_a_real_proxy_have_nothing():
    assert causes((CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes()) == []


@pytest.mark.parametrize("name", PACKETS)
def test_sessions_have_what_was_put_into_them_and_no_more(name):
    found = diagnose((CAPTURES / name).read_bytes())
    told = [d for d in found if d.cause.severity > Severity.INFO]
    assert [d.cause.id for d in told] == ON_PURPOSE
    assert [d.symptoms[0].packet for d in told] == PACKETS[name]
    assert all(d.count == 1 for d in told)


@pytest.mark.parametrize("server", ["kamailio-5.6.3", "kamailio-4.4.7", "openser-1.3.0"])
def test_good_calls_have_nothing(server):
    stage = Stage(server)
    stage.open(name=NAME)
    stage.ping(1)
    for number in range(3):
        stage.call(f"call-{number}")
        bye = request("BYE", call=f"call-{number}", cseq=3, to_tag="b1")
        stage.ask(bye)
        stage.reply(bye, 200)
        stage.wait(1)
    for number in (1, 2):
        stage.close(number)
        stage.close(number, by_proxy=True)
    stage.wait(6)
    assert causes(stage.finish()) == []


def test_what_was_captured_twice_was_not_sent_twice(monkeypatch):
    """As by tcpdump -i any, on a machine with several interfaces in the way."""
    stage = Stage()
    write = stage._writer.datagram

    def twice(*ends, time_ns, **more):
        write(*ends, time_ns=time_ns, **more)
        write(*ends, time_ns=time_ns + 40_000, **more)

    monkeypatch.setattr(stage._writer, "datagram", twice)
    stage.open()
    for number in range(3):
        stage.call(f"call-{number}")
    stage.wait(6)
    assert causes(stage.finish()) == []


@pytest.mark.parametrize("number", range(1, 31))
def test_a_packet_that_the_capture_lacks_is_no_failure(number):
    capture = without_packet(two_calls().finish(), number)
    assert set(causes(capture)) <= {"capture-incomplete"}


@pytest.mark.parametrize("server", ["kamailio (5.6.3 (x86_64/linux))", "Asterisk PBX 18"])
@pytest.mark.parametrize("reason", ["Server Internal Error!", "Server Internal Error"])
def test_without_seas_in_the_capture_a_500_proves_nothing(server, reason):
    stage = Stage()
    sip = request("INVITE")
    stage.tell_in(sip)
    stage.tell(response(sip, 500, reason, more=f"Server: {server}\r\n"))
    stage.wait(2)
    assert causes(stage.finish()) == []


def test_the_500_of_somebody_else_is_not_the_modules():
    stage = Stage()
    stage.open(bind=False)
    sip = request()
    stage.tell_in(sip)
    stage.tell(response(sip, 500, "Server Internal Error"))
    stage.wait(2)
    assert causes(stage.finish()) == []


def test_a_request_before_the_first_packet_of_an_old_connection_had_somebody():
    stage = Stage()
    stage.open()
    stage.tell_in(request("INFO"))
    stage.tell(response(request("INFO"), 500, "Server Internal Error!"))
    stage.call("c2")
    stage.wait(1)
    capture = without(stage.finish(), lambda number, ends: number <= LAST_OF_OPENING)
    assert causes(capture) == ["event-missing"]


def test_a_slow_call_that_the_capture_has_without_its_replies_was_not_silent():
    stage = Stage()
    stage.open()
    stage.call()
    stage.wait(9)
    capture = without(stage.finish(), lambda number, ends: ends[1] == ACTION_PORT)
    assert causes(capture) == ["capture-one-sided"]


def test_who_is_silent_is_not_told_without_the_action_socket_but_that_nobody_answered_is():
    stage = Stage()
    stage.open()
    stage.ask(request("INVITE"))
    stage.wait(9)
    capture = without(stage.finish(), lambda number, ends: ACTION_PORT in ends)
    assert causes(capture) == ["unanswered", "capture-one-sided"]


def packets(capture: bytes) -> list[bytes]:
    """The records of a pcap file."""
    found, at = [], 24
    while at < len(capture):
        size = 16 + struct.unpack_from("<I", capture, at + 8)[0]
        found.append(capture[at : at + size])
        at += size
    return found


def test_a_part_of_a_capture_has_no_failure_that_the_whole_has_not():
    whole = (CAPTURES / "kamailio-5.6.3-sipp-uac.pcap").read_bytes()
    head, records = whole[:24], packets(whole)
    assert len(records) == 405
    for i in range(0, len(records), 27):
        for part in (records[:i] + records[i + 1 :], records[i:], records[: i + 1]):
            found = causes(head + b"".join(part))
            assert set(found) <= {"capture-incomplete"}, i


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


FILES = [*sorted(GOLDEN.glob("*/*.jsonl.gz")), GOLDEN / "odd-kamailio-5.6.3.jsonl.gz"]
TAKEN = 200


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_predictions_are_what_the_server_did(path):
    """All that it refused, and 200 messages that it took, spread over the file."""
    name = path.parent.name if path.parent != GOLDEN else "kamailio-5.6.3"
    # The responses were recorded with a Kamailio whose client side was mended.
    behaviour = usable(name) if path.name.startswith("responses") else None
    golden = rows(path)
    refused = [row for row in golden if not row["frame"]]
    taken = [row for row in golden if row["frame"]]
    wrong = []
    for row in refused + taken[:: max(1, len(taken) // TAKEN)]:
        sip = base64.b64decode(row["sip"])
        found = predict(sip, lookup(name), stateless=True, behaviour=behaviour)
        if found.is_taken is not bool(row["frame"]):
            wrong.append((row["name"], [reason.cause.id for reason in found.reasons]))
        if not found.is_taken:
            assert found.reasons
            assert found.reasons[0].cause.severity is Severity.ERROR
            assert found.reasons[0].cause.id != "message-refused"
    assert wrong == []
    assert len(refused) + len(taken) >= 600


def test_refusals_were_held_against_many():
    assert sum(row["frame"] is None for path in FILES for row in rows(path)) == 1082
