"""Who is behind a proxy's address: by its frames, by what it calls itself, and over time."""

import base64
import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from seastool.capture.decoded import decode_records
from seastool.capture.detections import Detections
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Record
from seastool.interop.finding import Severity
from seastool.interop.lint import Linter
from seastool.seas.builder import build_event
from seastool.seas.detect import MAX_MESSAGES
from seastool.seas.dialects import lookup
from seastool.seas.frames import Ping
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import SocketInfo
from seastool.seas.types import Direction, Socket

GOLDEN = Path(__file__).parents[1] / "golden"
PROXY, AS = Address(b"\x0a\0\0\1", 5080), Address(b"\x0a\0\0\2", 40000)
SIP_SOCKET, PHONE = Address(b"\x0a\0\0\1", 5060), Address(b"\x0a\0\0\3", 5060)
OLD, NEW = "openser-1.3.0", "kamailio-5.6.3"
SOCKETS = bytes.fromhex("10 01 01 08") + b"10.0.0.1" + bytes.fromhex("08") + b"10.0.0.1\x13\xc4"


@cache
def events(server: str) -> tuple[bytes, ...]:
    """Events that a real server sent."""
    with gzip.open(GOLDEN / server / "requests.jsonl.gz", "rt") as lines:
        rows = [json.loads(line)["frame"] for _, line in zip(range(60), lines, strict=False)]
    return tuple(base64.b64decode(row) for row in rows if row)


def event(data: bytes, connection: int = 0, kind: UnitKind = UnitKind.FRAME) -> CapturedFrame:
    way = Direction.TO_AS
    return CapturedFrame(1, 0, connection, PROXY, AS, Socket.EVENT, way, kind, "as", data, 0)


def ping(connection: int = 0) -> CapturedFrame:
    return event(Ping(sequence=1).encode(), connection)


def says(server: bytes, status: bytes = b"100 Trying") -> CapturedSip:
    """A response from the proxy's SIP socket."""
    text = b"SIP/2.0 " + status + b"\r\nServer: " + server + b"\r\nContent-Length: 0\r\n\r\n"
    return CapturedSip(1, 0, -1, SIP_SOCKET, PHONE, "udp", text)


def linted(records: Iterable[Record], live: bool = False) -> tuple[Linter, Detections]:
    linter, found = Linter(), Detections()
    for decoded in decode_records(records, live=live, detections=found):
        linter.lint(decoded)
    return linter, found


def dialects(found: Detections) -> list[str]:
    return [proxy.dialect.name.partition("-")[0] for proxy in found.proxies]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("few", [1, 4, 40])
@pytest.mark.parametrize("servers", [(OLD, NEW), (NEW, OLD), (OLD, NEW, OLD)], ids="-".join)
def test_another_server_on_the_same_address(servers: tuple[str, ...], few: int, live: bool) -> None:
    records = [
        event(data, number) for number, name in enumerate(servers) for data in events(name)[:few]
    ]
    linter, found = linted(records, live)
    assert linter.counts[Severity.ERROR] == linter.counts[Severity.WARNING] == 0
    assert linter.frames == len(records)
    if few > 1:
        assert dialects(found) == [name.partition("-")[0] for name in servers]
    assert {proxy.address for proxy in found.proxies} == {"10.0.0.1:5080"}


def test_a_server_that_is_connected_to_again_is_known_from_its_first_frame_on() -> None:
    records = [event(data) for data in events(OLD)] + [ping(1), event(events(OLD)[0], 1), ping(2)]
    found = Detections()
    decoded = list(decode_records(records, detections=found))
    (proxy,) = found.proxies
    assert {one.dialect for one in decoded[-3:]} == {proxy.dialect}
    assert proxy.dialect.name == OLD


@pytest.mark.parametrize("first", [0, 1])
def test_connections_at_the_same_time_share_what_is_known(first: int) -> None:
    """The one has pings only, whichever was first."""
    other = 1 - first
    records = [ping(0), ping(1)]
    for data in events(OLD)[:40]:
        records += [event(data, first), ping(other)]
    found = Detections()
    decoded = list(decode_records(records, detections=found))
    assert len(found.proxies) == 1
    assert {one.dialect.name for one in decoded} == {OLD}


def test_two_servers_at_the_same_time_are_told_as_two_once_that_shows() -> None:
    records = [event(data) for data in events(OLD)[:40]]
    for old, new in zip(events(OLD)[40:], events(NEW), strict=False):
        records += [event(new, 1), event(old, 0)]
    linter, found = linted(records)
    assert dialects(found) == ["openser", "kamailio"]
    assert linter.counts[Severity.ERROR] == 0


def test_many_connections_are_one_server_and_bounded() -> None:
    found = Detections()
    for number in range(500):
        found.observe(event(events(OLD)[number % 7], number))
    assert len(found._all) <= 2
    assert dialects(found) == ["openser"]


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("known_by", ["socket info", "event"])
def test_the_server_header_chooses_among_those_that_fit(order: str, known_by: str) -> None:
    said = says(b"kamailio (5.6.3 (x86_64/linux))")
    if known_by == "socket info":
        one = event(SOCKETS, kind=UnitKind.SOCKET_INFO)
        assert SocketInfo.decode(SOCKETS).sockets[0].port == 5060
    else:
        data = bytearray(build_event(request(b"branch=z9hG4bKx", 1), lookup(NEW)))
        data[17:21] = SIP_SOCKET.packed
        one = event(bytes(data))
    records: list[Record] = [ping(), said, one] if order == "before" else [ping(), one, said]
    found = Detections()
    decoded = list(decode_records(records, detections=found))
    (proxy,) = found.proxies
    assert decoded[0].dialect is proxy.dialect
    assert proxy.detector.verdict == "kamailio-5.6.3, as its Server header says"
    assert proxy.reasons[-1] == "its Server header says kamailio-5.6.3"


def test_a_server_header_that_the_frames_contradict_is_told_and_not_taken() -> None:
    """It is another server's, whose response the proxy has passed on."""
    sockets = event(SOCKETS, kind=UnitKind.SOCKET_INFO)
    records = [sockets, says(b"OpenSER (1.3.0-notls)", b"404 No"), *map(event, events(NEW))]
    _, found = linted(records)
    (proxy,) = found.proxies
    assert proxy.dialect.name.startswith("kamailio-")
    assert proxy.reasons[-1] == (
        "its Server header says openser-1.3.0, which its frames contradict"
    )
    _, found = linted([*records, says(b"kamailio (5.6.3 (x86_64/linux))")])
    assert found.proxies[0].dialect.name == NEW


@pytest.mark.parametrize(
    "line", [b"Kamailio", b"Asterisk (5.6.3)", b"kamailio (99.1)", b"kamailio (x)"]
)
def test_what_names_no_known_server_changes_nothing(line: bytes) -> None:
    found = Detections()
    for record in (event(SOCKETS, kind=UnitKind.SOCKET_INFO), says(line)):
        found.observe(record)
    assert found.proxies[0].detector.verdict == "kamailio-6.1, as a guess"


def request(via: bytes, number: int) -> bytes:
    return (
        b"BYE sip:b@example.net SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.9;" + via + b"\r\n"
        b"From: <sip:a@example.net>;tag=1\r\nTo: <sip:b@example.net>\r\n"
        b"Call-ID: %d@h\r\nCSeq: 2 BYE\r\nContent-Length: 1\r\n\r\nx" % number
    )


def test_what_tells_dialects_apart_may_come_after_looking_has_ended() -> None:
    """Until then another dialect encodes alike; no error is told for what only it makes."""
    speaks = lookup("kamailio-5.6")
    alike = [request(b"branch=z9hG4bK-1;rport", i) for i in range(MAX_MESSAGES + 9)]
    telling = [request(b"x=y;branch=z9hG4bK-3", i) for i in range(3)]
    before, _ = linted(event(build_event(text, speaks)) for text in alike)
    linter, found = linted(event(build_event(text, speaks)) for text in alike + telling)
    assert before.counts[Severity.ERROR] == linter.counts[Severity.ERROR] == 0
    (proxy,) = found.proxies
    late = found.proxies[0].detector
    assert late.settled
    assert build_event(telling[0], proxy.dialect) == build_event(telling[0], speaks)


def test_what_no_dialect_makes_is_told_however_late() -> None:
    speaks = lookup("kamailio-5.6")
    records = [
        event(build_event(request(b"branch=z9hG4bK-1;rport", i), speaks))
        for i in range(MAX_MESSAGES + 9)
    ]
    broken = bytearray(records[-1].data)
    broken[45] ^= 1
    linter, _ = linted([*records, event(bytes(broken))])
    assert linter.counts[Severity.ERROR] > 0
