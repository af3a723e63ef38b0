"""tshark with the dissector shows what `seastool decode --json` does, field by field, both ways."""

from __future__ import annotations

import re
import shlex
from itertools import chain
from pathlib import Path

import pytest
from frames_to_render import GOLDEN, ROOT
from full_frames import full_frames
from traffic import INFO, Capture, captured, decoded, some_frames, wanted, write_cut, write_frames
from tshark import FAULTS, Packet, dissect, run, shown

from scripts.fuzzing.mutations import mend_length
from seastool.cli.decoding.entry import facts_for
from seastool.render.facts import Facts
from seastool.render.wireshark import write_dissector
from seastool.render.wireshark.filters import all_filters
from seastool.render.wireshark.numbers import group_of, groups
from seastool.seas.builder import build_message
from seastool.seas.codec import encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import (
    AcCancel,
    AcResFail,
    Bind,
    Frame,
    JainPong,
    Ping,
    Reply,
    ResIn,
    SlMsg,
    SlReqIn,
    TReqIn,
    UacReq,
    Unbind,
    UnknownAction,
    UnknownEvent,
)
from seastool.seas.types import Direction, Layout, Socket

CAPTURES = ROOT / "captures"
SESSION = CAPTURES / "kamailio-5.6.3-session.pcap"
OPENSER = CAPTURES / "openser-1.3.0-session.pcap"
OPENSER_PORTS = ("-o", "seas.event_ports:6104", "-o", "seas.action_ports:6105")
EVENTS = (Socket.EVENT, Direction.TO_AS)
BINDS = (Socket.EVENT, Direction.TO_OPENSER)
ACTIONS = (Socket.ACTION, Direction.TO_OPENSER)
FAILURES = (Socket.ACTION, Direction.TO_AS)


def spoken(dialect: str) -> tuple[str, ...]:
    return "-o", f"seas.dialect:{group_of(lookup(dialect)).name}"


@pytest.mark.parametrize(
    ("name", "units", "options"),
    [
        ("kamailio-5.6.3-session.pcap", 50, ()),
        ("kamailio-5.6.3-sipp-uac.pcap", 130, ()),
        ("openser-1.3.0-session.pcap", 36, OPENSER_PORTS),
    ],
)
def test_captures(script: Path, name: str, units: int, options: tuple[str, ...]) -> None:
    packets = dissect(script, CAPTURES / name, *options)
    got = shown(packets)
    assert got == wanted(CAPTURES / name)
    assert sum(map(len, got.values())) == units
    assert [packet.experts for packet in packets if packet.experts] == []


def test_ports_that_nobody_named(script: Path) -> None:
    """By content; the second pass, as Wireshark's window makes it, also knows the names."""
    want = wanted(OPENSER)
    assert shown(dissect(script, OPENSER, "-2")) == want
    once = shown(dissect(script, OPENSER))
    names = {number for number, units in want.items() if ("seas.unit", "name") in units[0]}
    assert once == {number: units for number, units in want.items() if number not in names}
    assert len(names) == 2


def test_decode_as(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "other-ports.pcapng"
    write_frames(path, captured(SESSION)[4:], port=9000)
    ways = ("-2", "-d", "tcp.port==9000,seas", "-d", "tcp.port==9001,seas")
    off = ("--disable-heuristic", "seas_tcp")
    assert shown(dissect(script, path, *ways, *off)) == wanted(path)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: f"{p.parent.name}/{p.name.split('.')[0]}")
def test_frames_of_real_servers(script: Path, tmp_path: Path, path: Path) -> None:
    server = path.parent.name
    frames = some_frames(path)[::2]
    assert len(frames) > 5
    capture = tmp_path / "golden.pcapng"
    write_frames(capture, [(frame, EVENTS) for frame in frames])
    group = group_of(lookup(server)).name
    packets = dissect(script, capture, *spoken(server))
    assert shown(packets, group) == wanted(capture, server)
    assert [kind for packet in packets for kind, _ in packet.experts if kind in FAULTS] == []


def test_the_dialect_is_told_from_the_frames(script: Path, tmp_path: Path) -> None:
    """Of each proxy by itself: eight servers in one capture."""
    path = tmp_path / "all.pcapng"
    want = []
    with Capture(path) as capture:
        for host, golden in enumerate(GOLDEN, 1):
            server = golden.parent.name
            if golden.name.startswith("requests"):
                frames = some_frames(golden)[1:7:2]
                connection = capture.connect(Socket.EVENT, host=host)
                for frame in frames:
                    capture.send(connection, Direction.TO_AS, frame)
                alone = tmp_path / "alone.pcapng"
                write_frames(alone, [(frame, EVENTS) for frame in frames])
                want += wanted(alone, server).values()
    assert len(want) == 8 * 4
    assert list(shown(dissect(script, path)).values()) == want


REQUEST = (
    b"SUBSCRIBE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h:5070;branch=z9hG4bK1\r\n"
    b'From: "A" <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: 1@h\r\nCSeq: 2 SUBSCRIBE\r\n'
    b"Contact: <sip:a@h>;q=0.5\r\nExpires: 60\r\nAllow: INVITE, REGISTER\r\nEvent: presence\r\n"
    b"Accept: application/sdp\r\nRoute: <sip:r@h;lr>\r\nContent-Type: application/sdp\r\n"
    b"Content-Length: 3\r\n\r\nv=0"
)


def test_a_server_of_each_group(script: Path, tmp_path: Path) -> None:
    """In frames made as it makes them, the header prefix of 4 bytes among them; its dialect is
    found, or one whose numbers are the same as far as the message goes."""
    path, alone = tmp_path / "all.pcapng", tmp_path / "alone.pcapng"
    want = []
    with Capture(path) as capture:
        for host, group in enumerate(groups(), 1):
            payload = build_message(REQUEST, group.dialect)
            ends = {"source_address": b"\x7f\0\0\1", "destination_address": b"\x7f\0\0\1"}
            frame = SlReqIn(protocol=1, **ends, source_port=1, destination_port=2, payload=payload)
            connection = capture.connect(Socket.EVENT, host=host)
            capture.send(connection, Direction.TO_AS, frame.encode())
            write_frames(alone, [(frame.encode(), EVENTS)])
            want += wanted(alone, group.name).values()
    assert list(shown(dissect(script, path)).values()) == want
    assert shown(dissect(script, alone, *spoken(group.name)), group.name) == wanted(
        alone, group.name
    )


TEXT = b"OPTIONS sip:b@h SIP/2.0\r\nCall-ID: 1@h\r\nX: \xff\xc3\xa9\x00\x1b\r\n\r\n"
ANSWER = b"SIP/2.0 200 Fine\xe2\x82\r\ni: 2@h\r\n\r\n"
V6 = b"\xfe\x80" + bytes(6) + b"\1\2\0\0\0\3\0\0"
MADE: list[tuple[Frame, tuple[Socket, Direction]]] = [
    (Bind(processor_id=1, address=b"\x7f\0\0\1", protocol=1, port=5060), BINDS),
    (Bind(processor_id=1, family=10, address=V6, protocol=6, port=5061), BINDS),
    (Bind(processor_id=9, address=b"\x7f\0\0", protocol=99, port=0), BINDS),
    (Unbind(processor_id=1), BINDS),
    (Unbind(processor_id=1, spare=b"\0"), BINDS),
    (UnknownAction(type=9, processor_id=1, payload=b"\1\2\3"), BINDS),
    (Ping(sequence=4294967295), EVENTS),
    (UnknownEvent(type=77, flags=0xFFFFFFFF, payload=b"abc"), EVENTS),
    (ResIn(flags=2, protocol=0, source_address=b"", destination_address=b"", source_port=0,
           destination_port=0, hash_index=42133, label=1282632720, uac_id=81, status=408), EVENTS),
    (TReqIn(processor_id=1, flags=12, protocol=2, source_address=V6, destination_address=bytes(16),
            source_port=5060, destination_port=5061, hash_index=1, label=2,
            cancelled_hash_index=3, cancelled_label=4, payload=b""), EVENTS),
    (AcResFail(uac_id=80, error=-478, reason=b"From tag missing"), FAILURES),
    (Reply(type=1, processor_id=1, hash_index=1, label=2, text=ANSWER), ACTIONS),
    (Reply(type=2, processor_id=1, hash_index=1, label=2, text=ANSWER), ACTIONS),
    (UnknownAction(type=3, processor_id=1, payload=b"\0"), ACTIONS),
    (UacReq(processor_id=1, flags=1, uac_id=77, text=TEXT), ACTIONS),
    (SlMsg(processor_id=1, flags=1, text=TEXT), ACTIONS),
    (AcCancel(processor_id=2, uac_id=78, hash_index=1, label=2, text=TEXT), ACTIONS),
    (JainPong(processor_id=1, sequence=3), ACTIONS),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "v6"), [("kamailio-5.6.3", False), ("openser-1.3.0", True)])
def test_every_kind_of_frame_in_both_layouts(
    script: Path, tmp_path: Path, dialect: str, v6: bool
) -> None:
    path = tmp_path / "made.pcapng"
    layout = lookup(dialect).layout
    frames = [(encode_frame(frame, layout), side) for frame, side in MADE]
    write_frames(path, [(INFO, EVENTS), *frames], v6=v6)
    packets = dissect(script, path, *spoken(dialect))
    got = shown(packets)
    assert got == wanted(path, dialect)
    assert sum(map(len, got.values())) == len(MADE) + 3
    assert {kind for packet in packets for kind, _ in packet.experts} == {
        "seas.expert.unknown_type"
    }


def test_every_filter_there_is(script: Path, tmp_path: Path) -> None:
    """Messages made from the declarations have every field; together with each kind of frame
    there is no filter that is not shown, and shown right."""
    path = tmp_path / "full.pcapng"
    dialect = lookup("kamailio-5.6.3")
    frames = [(frame, EVENTS) for frame in full_frames(dialect, 31)]
    made = [(encode_frame(frame), side) for frame, side in MADE]
    broken = mend_length(encode_frame(Ping(sequence=1))[:-1])
    write_frames(path, [(INFO, EVENTS), *frames, *made, (broken, EVENTS)])
    packets = dissect(script, path, *spoken(dialect.name))
    assert shown(packets) == wanted(path, dialect.name)
    seen = {name for packet in packets for unit in packet.units for name, _ in unit}
    values = {name for name, one in all_filters().items() if one.type != "none"}
    assert values - seen == {"seas.skipped"}


def test_actions_tell_their_layout(script: Path, tmp_path: Path) -> None:
    told = [(f, side) for f, side in MADE if side == ACTIONS and not isinstance(f, UnknownAction)]
    for layout, dialect in ((Layout.A, "openser-1.3.0"), (Layout.B, "kamailio-5.6.3")):
        path = tmp_path / f"{layout}.pcapng"
        write_frames(path, [(encode_frame(frame, layout), side) for frame, side in told])
        assert shown(dissect(script, path)) == wanted(path, dialect)


UNTOLD = UacReq(processor_id=1, uac_id=77, text=TEXT)  # in layout A it could be one of B, too


def spoken_by(packets: list[Packet]) -> list[tuple[str, str]]:
    """Socket and dialect of each frame."""
    units = [dict(unit) for packet in packets for unit in packet.units]
    told = [u for u in units if u["seas.unit"] == "frame"]
    return [(unit["seas.socket"], unit["seas.dialect"]) for unit in told]


@pytest.mark.parametrize("ports", [(5080, 5081), (15000, 17000), (5080, 16000)], ids=str)
def test_both_sockets_of_a_proxy_share_what_is_told(
    script: Path, tmp_path: Path, ports: tuple[int, int]
) -> None:
    """Ports P and P+1, or any with the same name: what the event socket tells holds for actions
    that do not tell it. Another proxy in the same capture has its own."""
    path = tmp_path / "both.pcapng"
    servers = {1: "openser-1.3.0", 2: "kamailio-5.6.3"}
    with Capture(path) as capture:
        for host, server in servers.items():
            event = capture.connect(Socket.EVENT, host=host, port=ports[0])
            action = capture.connect(Socket.ACTION, host=host, port=ports[1])
            golden = next(g for g in GOLDEN if g.parent.name == server)
            for frame in some_frames(golden)[1:7:2]:
                capture.send(event, Direction.TO_AS, frame)
            data = encode_frame(UNTOLD, lookup(server).layout)
            capture.send(action, Direction.TO_OPENSER, data)
    groups = {host: group_of(lookup(server)).name for host, server in servers.items()}
    packets = dissect(script, path, "-2", "-d", f"tcp.port=={ports[1]},seas")
    assert spoken_by(packets) == [
        told
        for host in servers
        for told in [*[("event", groups[host])] * 3, ("action", groups[host])]
    ]
    assert shown(packets) == wanted(path)


@pytest.mark.parametrize(
    ("capture", "seed", "v6"),
    [
        (SESSION, 1, False),
        (OPENSER, 2, True),
    ],
    ids=["session", "openser"],
)
def test_units_cut_anywhere(
    script: Path, tmp_path: Path, capture: Path, seed: int, v6: bool
) -> None:
    path = tmp_path / "cut.pcapng"
    units = captured(capture)
    write_cut(path, units, seed, v6=v6)
    got = shown(dissect(script, path))
    assert got == wanted(path)
    assert sum(map(len, got.values())) == len(units)


def info_of(type_name: str, facts: Facts) -> str:
    uac = "" if facts.uac_id is None else f"uac {facts.uac_id}"
    start = facts.method or (str(facts.status) if facts.status else "")
    note = f"({facts.note})" if facts.note else ""
    words = (type_name, facts.transaction, uac, start, facts.subject, note, facts.call_id)
    return " ".join(word for word in words if word)


def test_the_info_column_is_the_line_of_the_list(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "joined.pcapng"
    units = captured(SESSION)
    with Capture(path) as capture:
        for socket in Socket:
            connection = capture.connect(socket, named=False)
            for direction in Direction:
                data = b"".join(data for data, side in units if side == (socket, direction))
                if data:
                    capture.send(connection, direction, data)
    for one in (SESSION, path):
        want: dict[str, str] = {}
        for record in decoded(one):
            number, line = str(record.captured.packet), info_of(record.type_name, facts_for(record))
            want[number] = f"{want[number]} | {line}" if number in want else line
        columns = ("-T", "fields", "-e", "frame.number", "-e", "_ws.col.Protocol")
        out = run(script, one, "-Y", "seas", *columns, "-e", "_ws.col.Info")
        rows = [line.split("\t") for line in out.splitlines()]
        assert {protocol for _, protocol, _ in rows} == {"SEAS"}
        got = {number: info for number, _, info in rows}
        assert {n: i for n, i in got.items() if len(i) < 3000} == {
            n: i for n, i in want.items() if len(i) < 3000
        }
        assert got.keys() == want.keys()
        assert len(got) > 3


def numbers(script: Path, filter: str, *options: str) -> list[int]:
    return [p.number for p in dissect(script, SESSION, "-Y", filter, *options)]


FILTERS = {
    'seas.type.name == "T_REQ_IN" and sip.Method == "CANCEL"': [60],
    "seas.source_address.ipv4 == 127.0.0.0/8 and seas.sip.status >= 487": [122],
    "seas.flags.faked_reply and seas.status == 408": [106, 118],
    'seas.error == 2 and seas.reason contains "tag"': [95],
    'seas.direction == "as->openser" and seas.uac_id in {77,80..82}': [71, 93, 97, 108],
    'seas.to.uri.user == "callee" and seas.type == 4 and sip.Status-Code == 180': [75, 112],
    "seas.socket_info.sockets.port == 5060": [11],
}


def test_filters(script: Path) -> None:
    """Together, as no packet passes two of them."""
    all_of_them = " or ".join(f"({one})" for one in FILTERS)
    assert numbers(script, all_of_them) == sorted(chain(*FILTERS.values()))


def test_the_sip_text_is_passed_on_unless_it_is_not_wanted(script: Path) -> None:
    with_text = [
        number
        for number, units in wanted(SESSION).items()
        if any(name == "seas.text" for name, _ in units[0])
    ]
    assert len(with_text) > 20
    assert numbers(script, "seas and sip") == with_text
    assert numbers(script, "seas and sip", "-o", "seas.sip:FALSE") == []


def test_the_exported_dialect_is_the_default(tmp_path: Path) -> None:
    script, path = tmp_path / "openser.lua", tmp_path / "frames.pcapng"
    script.write_text(write_dissector(lookup("openser-1.3")))
    write_frames(path, [(encode_frame(Ping(sequence=1)), EVENTS)])
    assert shown(dissect(script, path), "openser-1.3.0") == wanted(path)


def test_the_examples_of_the_page(script: Path) -> None:
    """Each command in docs/wireshark.md prints what the page says."""
    page = (ROOT / "docs" / "wireshark.md").read_text(encoding="utf-8")
    examples = re.findall(r"^```text\n\$ tshark (.*)\n((?:.*\n)*?)```$", page, re.MULTILINE)
    assert len(examples) == 2
    for command, output in examples:
        _, _, _, capture, *options = shlex.split(command)
        assert run(script, ROOT / capture, *options) == output
