"""Whatever the bytes: expert infos that say what is wrong, and never an error of Lua."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from frames_to_render import GOLDEN, ROOT
from traffic import INFO, NAME, Capture, Side, captured, some_frames, wanted, write_frames
from tshark import FAULTS, dissect, run, shown

from scripts.fuzzing.mutations import attack_index, mend_length, mutate
from seastool.render.wireshark import write_dissector
from seastool.render.wireshark.numbers import group_of
from seastool.seas.codec import encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import Ping, TReqIn
from seastool.seas.plausible import MIN_FRAME
from seastool.seas.types import Direction, Socket

EVENTS = (Socket.EVENT, Direction.TO_AS)
BINDS = (Socket.EVENT, Direction.TO_OPENSER)
ACTIONS = (Socket.ACTION, Direction.TO_OPENSER)
SERVERS = {
    "kamailio-5.6.3": "kamailio-5.6.3-session.pcap",
    "openser-1.3.0": "openser-1.3.0-session.pcap",
}
PAYLOADS = {2: 33, 3: 25, 4: 41}  # where they start by type of event, over IPv4
PAYLOAD_AT = PAYLOADS[2]


@cache
def good_frames(server: str) -> list[tuple[bytes, Side]]:
    """Of every side, those of the captures, and events of the real server."""
    units = captured(ROOT / "captures" / SERVERS[server])
    golden = [path for path in GOLDEN if path.parent.name == server]
    events = [(frame, EVENTS) for path in golden for frame in some_frames(path)]
    return [(data, side) for data, side in units if data[0] == 0] + events


def spoilt(server: str, seed: int, count: int) -> list[tuple[bytes, Side]]:
    chance = random.Random(seed)
    good = good_frames(server)
    found = []
    for _ in range(count):
        data, side = chance.choice(good)
        data = mutate(chance, data)
        if side == EVENTS and chance.random() < 0.2:
            data = attack_index(chance, data, PAYLOADS.get(data[4] if len(data) > 4 else 0, 33))
        found.append((data, side))
    return found


@pytest.mark.parametrize("server", SERVERS)
def test_spoilt_frames_show_what_decode_shows(script: Path, tmp_path: Path, server: str) -> None:
    """Their lengths mended, so that what is behind them is looked at; the faults as well."""
    path = tmp_path / "spoilt.pcapng"
    mended = [(mend_length(data), side) for data, side in spoilt(server, 20, 400)]
    mended = [(data, side) for data, side in mended if MIN_FRAME <= len(data) < 8192]
    assert len(mended) > 350
    write_frames(path, mended)
    packets = dissect(script, path, "-o", f"seas.dialect:{group_of(lookup(server)).name}")
    got = shown(packets)
    assert got == wanted(path, server)
    assert sum(map(len, got.values())) == len(mended) + 2
    kinds = Counter(kind for packet in packets for kind, _ in packet.experts)
    assert min(kinds[kind] for kind in (*FAULTS, "seas.expert.outside")) > 10


def test_spoilt_lengths_and_noise_never_meet_an_error_of_lua(script: Path, tmp_path: Path) -> None:
    """Each on a connection of its own, whole frames behind some; `run` looks for errors."""
    path = tmp_path / "broken.pcapng"
    with Capture(path) as capture:
        for server in SERVERS:
            good = {side: data for data, side in good_frames(server)}
            for i, (data, (socket, direction)) in enumerate(spoilt(server, 21, 500)):
                connection = capture.connect(socket, named=i % 2 == 0)
                capture.send(connection, direction, data)
                if i % 3 == 0:
                    capture.send(connection, direction, good[socket, direction])
                capture.close(connection)
        for direction, data in noise(22, 600):
            connection = capture.connect(Socket.EVENT, named=False)
            capture.send(connection, direction, data)
            capture.close(connection)
    told = messages(script, path)
    assert sum("not plausible here" in message for message in told) > 100
    assert sum("more bytes" in message for message in told) > 100


def noise(seed: int, count: int) -> Iterator[tuple[Direction, bytes]]:
    chance = random.Random(seed)
    heads = (b"", b"\0\0\0", b"\0\0\1\0\2", INFO[:5], NAME[:2], b"\x10\xff", b"\0\0\0\x0e\5")
    for i in range(count):
        size = chance.choice((1, 4, 9, 40, 300))
        fill = bytes(size) if i % 7 == 0 else chance.randbytes(size)
        yield chance.choice(list(Direction)), chance.choice(heads) + fill


def messages(script: Path, capture: Path) -> list[str]:
    """The texts of all expert infos, those of Lua's errors among them, which `run` refuses."""
    columns = ("-T", "fields", "-e", "_ws.expert.message", "-E", "aggregator=;")
    return run(script, capture, "-Y", "seas or _ws.lua.error", *columns).split(";")


def test_an_error_of_lua_would_be_seen(tmp_path: Path) -> None:
    script, path = tmp_path / "wrong.lua", tmp_path / "ping.pcapng"
    head = "local function show_told(tree, unit, told)"
    script.write_text(write_dissector().replace(head, f"{head} error('oh')"))
    write_frames(path, [(PING, EVENTS)])
    with pytest.raises(AssertionError, match="Lua Error"):
        messages(script, path)
    with pytest.raises(AssertionError, match="Lua Error"):
        dissect(script, path)


def test_other_protocols_on_other_ports_are_let_alone(script: Path, tmp_path: Path) -> None:
    chance = random.Random(23)
    path = tmp_path / "others.pcapng"
    with Capture(path, port=7000) as capture:
        for _ in range(400):
            connection = capture.connect(Socket.EVENT, named=False)
            size = chance.choice((9, 14, 40, 300))
            head = chance.choice((b"", b"\0", b"\0\0", b"\0\0\0\x20", b"\x10\1", b"GET / HTTP/1.1"))
            capture.send(connection, Direction.TO_AS, head + chance.randbytes(size))
    assert dissect(script, path) == []


def request() -> bytes:
    """A real T_REQ_IN."""
    return next(data for data, side in good_frames("kamailio-5.6.3") if data[4] == 2)


def changed(at: int, value: bytes) -> bytes:
    data = request()
    return data[:at] + value + data[at + len(value) :]


PING = encode_frame(Ping(sequence=7))
FAULTY = [
    (changed(PAYLOAD_AT + 4, b"\xff\xff"), "place", "bytes past the message"),
    (changed(PAYLOAD_AT + 8, b"\xff\xff"), "outside", "points outside the SIP text"),
    (changed(PAYLOAD_AT + 14, b"\xff"), "undecoded", "headers index: start: needs 1 more"),
    (changed(PAYLOAD_AT + 2, b"\0\0"), "place", "lies over info"),
    (changed(11, b"\xff"), "undecoded", "headers index: type: needs 1 more"),
    (changed(4, b"\x4d"), "unknown_type", "type 77 is not known on this socket"),
    (mend_length(PING[:-1]), "undecoded", "sequence: needs 1 more bytes, 3 left at byte 10"),
    (b"\0\0\0\1" + PING[4:], "skipped", "a frame of 1 bytes is not plausible here"),
    (b"\x7f\0\0\0" + PING[4:], "skipped", "a frame of 2130706432 bytes is not plausible here"),
    (b"hello, world", "skipped", "not plausible here"),
]


def test_each_fault_has_its_expert_info(script: Path, tmp_path: Path) -> None:
    """And the frame after it is read."""
    path = tmp_path / "faults.pcapng"
    with Capture(path) as capture:
        for data, _, _ in FAULTY:
            connection = capture.connect(Socket.EVENT, named=False)
            for frame in (PING, data, PING):
                capture.send(connection, Direction.TO_AS, frame)
    packets = dissect(script, path)
    assert len(packets) == 3 * len(FAULTY)
    for i, (_, kind, message) in enumerate(FAULTY):
        told = packets[3 * i + 1].experts
        assert [text for name, text in told if name.endswith(kind) and message in text], told
        assert ("seas.sequence", "7") in packets[3 * i + 2].units[-1]
        assert packets[3 * i].experts == packets[3 * i + 2].experts == []


def test_a_frame_behind_what_is_skipped_is_found(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "behind.pcapng"
    write_frames(path, [(b"\0\0\0\1\0\0\0\0" + PING + PING, EVENTS)])
    (packet,) = (p for p in dissect(script, path) if p.experts)
    assert packet.units[0] == [("seas.skipped", "0000000100000000")]
    assert [("seas.sequence", "7") in unit for unit in packet.units[1:]] == [True, True]


def test_what_the_capture_cut_off_is_told(script: Path, tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.pcapng", tmp_path / "cut.pcapng"
    write_frames(whole, [(request(), EVENTS)])
    subprocess.run(["editcap", "-s", "200", whole, cut], check=True)  # comes with tshark
    packets = dissect(script, cut)
    assert packets[-1].experts == [("seas.expert.skipped", "the rest of it is not there")]


def test_nothing_of_a_frame_without_a_message_is_missing(script: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.pcapng"
    event = TReqIn(
        protocol=1,
        source_address=b"\x7f\0\0\1",
        destination_address=b"\x7f\0\0\1",
        source_port=1,
        destination_port=2,
        hash_index=3,
        label=4,
        payload=b"\0",
    )
    write_frames(path, [(encode_frame(event), EVENTS)])
    assert shown(dissect(script, path)) == wanted(path)
