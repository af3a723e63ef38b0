"""A capture gathered for diagnosis: whose frames, which server, what did not fit."""

from io import BytesIO

import pytest
from diagnosing import CAPTURES, trace_of
from doctor_stage import Stage, request

from seastool.capture.decoded import decode_records
from seastool.capture.reader import read_capture
from seastool.interop.doctor.sip_message import read_sip
from seastool.interop.doctor.trace import gather
from seastool.seas.dialects import lookup
from seastool.seas.server_header import server_of

SESSION = (CAPTURES / "openser-1.3.0-session.pcap").read_bytes()


def test_a_proxy_with_its_sockets_and_its_version():
    (proxy,) = trace_of(SESSION).proxies
    assert proxy.event == (b"\x7f\0\0\1", 6104)
    assert proxy.action == (b"\x7f\0\0\1", 6105)
    assert proxy.sockets == {(b"\x7f\0\0\1", 6062)}
    assert proxy.dialect.name == "openser-1.3.0"
    assert proxy.is_known
    assert len(proxy.frames) == 36


def test_the_version_that_is_told_counts():
    told = lookup("opensips-1.6.3")
    records = decode_records(read_capture(BytesIO(SESSION)), told)
    (proxy,) = gather(records, dialect=told).proxies
    assert proxy.dialect.name == "opensips-1.6.3"


def test_without_sip_the_events_tell_the_family():
    stage = Stage("openser-1.3.0")
    stage.open()
    sip = request()
    stage.ask(sip)
    (proxy,) = trace_of(stage.finish()).proxies
    assert proxy.is_known
    assert proxy.dialect.name.startswith(("openser", "opensips"))


def test_before_any_event_the_version_is_a_guess():
    stage = Stage()
    stage.open()
    (proxy,) = trace_of(stage.finish()).proxies
    assert not proxy.is_known


@pytest.mark.parametrize(
    ("limit", "what"),
    [("MAX_SIP", "SIP messages"), ("MAX_FRAMES", "frames"), ("MAX_PROXIES", "further proxies")],
)
def test_what_does_not_fit_is_counted(monkeypatch, limit, what):
    monkeypatch.setattr(f"seastool.interop.doctor.trace.{limit}", 0)
    trace = trace_of(SESSION)
    assert any(what in name and count >= 30 for name, count in trace.dropped.items())


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"kamailio (5.6.3 (x86_64/linux))", "kamailio-5.6.3"),
        (b"OpenSER (1.3.0-notls (x86_64/linux))", "openser-1.3.0"),
        (b"OpenSIPS (1.11.11-tls (x86_64/linux))", "opensips-1.11.11"),
        (b"kamailio (99.1 (x86_64/linux))", None),
        (b"Asterisk PBX 18", None),
        (b"", None),
    ],
)
def test_what_a_server_header_tells(line, name):
    found = server_of(line)
    assert (found.name if found else None) == name


def test_a_message_is_read_as_far_as_needed():
    message = read_sip(request("INVITE", call="c", cseq=7, branch="z9hG4bKx"))
    assert message.key == (b"c", b"7", b"INVITE")
    assert (message.branch, message.to_tag, message.is_request) == (b"z9hG4bKx", b"", True)
    assert read_sip(b"no SIP\r\n\r\n") is None
    odd = read_sip(b"SIP/2.0 200 \x1b\r\nCSeq:\r\n\r\n")
    assert (odd.status, odd.method, odd.call_id) == (200, b"", b"")
