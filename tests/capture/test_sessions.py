"""The real captures give exactly the frames of the published list."""

from collections import Counter
from pathlib import Path

import pytest
from building import CAPTURES

from seastool.capture.reader import CapturedFrame, CapturedSip, Gap, UnitKind, read_capture
from seastool.seas.types import Socket

LIST = (Path(__file__).parent / "session_frames.md").read_text()


def listed(capture: str) -> list[tuple[int, str, str, str, int]]:
    section = LIST[LIST.index(f"`{capture}`") :]
    rows = []
    for line in section.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0].isdigit():
            kind = cells[3] if cells[3] in ("name", "socket info") else "frame"
            rows.append((int(cells[0]), cells[1], cells[2], kind, int(cells[4])))
        elif rows:
            break
    return rows


@pytest.mark.parametrize(
    ("capture", "count"), [("kamailio-5.6.3-session.pcap", 50), ("openser-1.3.0-session.pcap", 36)]
)
def test_frames_of_the_session(capture: str, count: int) -> None:
    reader = read_capture(CAPTURES / capture)
    records = list(reader)
    found = [
        (r.packet, str(r.socket), str(r.direction), str(r.kind), len(r.data))
        for r in records
        if isinstance(r, CapturedFrame)
    ]
    assert len(listed(capture)) == count
    assert found == listed(capture)
    assert {r.as_name for r in records if isinstance(r, CapturedFrame)} == {"app_server_1"}
    assert not [r for r in records if isinstance(r, Gap)]
    assert reader.losses == {}
    assert [r.packet for r in records] == sorted(r.packet for r in records)


def test_frames_of_calls() -> None:
    reader = read_capture(str(CAPTURES / "kamailio-5.6.3-sipp-uac.pcap"))
    records = list(reader)
    units = Counter(
        (str(r.socket), str(r.direction), str(r.kind), r.data[4] if r.kind == "frame" else 0)
        for r in records
        if isinstance(r, CapturedFrame)
    )
    assert units == {
        ("event", "as->openser", "name", 0): 1,
        ("action", "as->openser", "name", 0): 1,
        ("event", "openser->as", "socket info", 0): 1,
        ("event", "as->openser", "frame", 6): 1,
        ("event", "openser->as", "frame", 5): 3,
        ("action", "as->openser", "frame", 8): 3,
        ("event", "openser->as", "frame", 2): 60,
        ("action", "as->openser", "frame", 1): 20,
        ("action", "as->openser", "frame", 2): 40,
    }
    sip = [r for r in records if isinstance(r, CapturedSip)]
    # 20 calls of INVITE, 100, 180, 200, ACK, BYE, 200.
    assert len(sip) == 140
    assert {r.transport for r in sip} == {"udp"}
    assert {r.connection for r in sip} == {-1}


def test_a_record_says_where_it_is_from() -> None:
    name = next(
        r
        for r in read_capture(CAPTURES / "kamailio-5.6.3-session.pcap")
        if isinstance(r, CapturedFrame)
    )
    assert (name.kind, name.socket, name.connection, name.offset) == (
        UnitKind.NAME,
        Socket.EVENT,
        0,
        0,
    )
    assert name.source.host == name.destination.host == "127.0.0.1"
    assert str(name.destination) == f"127.0.0.1:{name.destination.port}"
    assert name.data == b"\x0capp_server_1"
    # 2026-11-22 or so, with the microseconds of the file
    assert name.time_ns % 1000 == 0
