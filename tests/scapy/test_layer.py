"""The scapy layer against seastool's own decoder: the same fields, the same bytes."""

from __future__ import annotations

import random
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from declared_values import build, got, shown
from frames_to_render import CAPTURES, GOLDEN, ROOT, captured_frames, golden_frames, mutations
from full_frames import full_frames
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.packet import Raw

import seastool
from seastool.capture.reader import CapturedFrame, UnitKind, read_capture
from seastool.errors import SeasError
from seastool.scapy import SEAS, Reply, Undecoded, layers
from seastool.seas.codec import decode_frame
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.types import Direction, Socket

TEXT_OF_A_REQUEST = (
    b"OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
    b"From: <sip:a@h>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\n"
    b"CSeq: 1 OPTIONS\r\n\r\n"
)
EVENTS = (Socket.EVENT, Direction.TO_AS)


def check(data: bytes, dialect: Dialect, side: tuple[Socket, Direction]) -> None:
    """Dissected, it shows what the record says; built from the record, it is the same bytes."""
    socket, direction = side
    record = decode_frame(data, socket, direction, dialect.layout)
    packet = SEAS(data, dialect=dialect, socket=socket, direction=direction)
    assert type(packet).__name__ == type(record).__name__
    assert got(packet) == shown(record, dialect)
    assert bytes(packet) == data
    assert bytes(build(record, layers(dialect))) == data


def test_every_frame_of_the_captures() -> None:
    frames = captured_frames()
    assert len(frames) > 200
    for data, socket, direction, dialect in frames:
        check(data, dialect, (socket, direction))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda p: f"{p.parent.name}/{p.name.split('.')[0]}")
def test_frames_of_real_servers(path: Path) -> None:
    frames = golden_frames(path)
    assert len(frames) > 100
    for data in frames[:: len(frames) // 22]:
        check(data, lookup(path.parent.name), EVENTS)


def test_every_field_there_is() -> None:
    dialect = lookup("kamailio-5.6.3")
    for data in list(full_frames(dialect, 7))[:11]:
        check(data, dialect, EVENTS)


def test_more_items_than_scapy_allows_by_itself() -> None:
    sockets = [ListeningSocket(protocol=1, name=b"a", address=b"::", port=i) for i in range(255)]
    info = SocketInfo(sockets=sockets)
    assert got(SEAS(info.encode())) == shown(info, lookup("kamailio"))
    sip = TEXT_OF_A_REQUEST.replace(b"\r\n\r\n", b"\r\n" + b"X:1\r\n" * 150 + b"\r\n")
    check(seastool.encode(sip), lookup("kamailio"), EVENTS)


def test_names_and_socket_info() -> None:
    seen = set()
    for name, dialect in CAPTURES.items():
        for record in read_capture(ROOT / "captures" / name):
            if isinstance(record, CapturedFrame) and record.kind is not UnitKind.FRAME:
                struct = Name if record.kind is UnitKind.NAME else SocketInfo
                packet = SEAS(record.data, dialect=dialect)
                unit = struct.decode(record.data)
                assert got(packet) == shown(unit, lookup(dialect))
                assert bytes(build(unit, layers(dialect))) == record.data
                seen.add(type(packet).__name__)
    assert seen == {"Name", "SocketInfo"}


@pytest.mark.parametrize("layout", ["kamailio-5.6.3", "openser-1.3.0"])
def test_a_change_to_a_field_is_built(layout: str) -> None:
    """Deep inside a frame that was dissected; what depends on it is as it was set."""
    data = next(
        data
        for data, *side, dialect in captured_frames()
        if dialect is lookup(layout) and tuple(side) == EVENTS and data[4] == 2
    )
    packet = SEAS(data, dialect=layout)
    entry = packet.message.index[-2]
    packet.message.headers[0].header_length ^= 1
    changed = bytes(packet)
    assert len(changed) == len(data)
    assert sum(a != b for a, b in zip(data, changed, strict=True)) == 1
    entry.type ^= 1
    assert sum(a != b for a, b in zip(data, bytes(packet), strict=True)) == 2


def test_the_dialect_is_chosen() -> None:
    reply = bytes(layers("openser-1.3.0").Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK"))
    other = layers("kamailio-5.6.3").Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK")
    assert len(bytes(other)) == len(reply) + 1  # layout A has no processor id there
    side = {"socket": "action", "direction": "as->openser"}
    assert SEAS(reply, dialect="openser-1.3.0", **side).hash_index == 1
    assert SEAS(bytes(other), **side).label == 2
    assert Reply in SEAS(reply, dialect="openser-1.3.0", **side)  # whichever dialect it is of


def test_the_dialect_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    from scapy.config import conf

    monkeypatch.setitem(conf.contribs["SEAS"], "dialect", "openser-1.3.0")
    from seastool.scapy import Unbind

    assert bytes(Unbind(processor_id=3)) == bytes.fromhex("0000000a070000000003")


def test_names_stand_for_numbers() -> None:
    family = layers("kamailio-5.6.3")
    bind = family.Bind(address="::1", family=10, protocol="TCP", port=5060)
    assert decode_frame(bytes(bind), Socket.EVENT, Direction.TO_OPENSER).address[-1] == 1
    assert bytes(family.UacReq(flags="SPIRAL", uac_id=1))[9] == 1
    assert bytes(family.ContentType(mime="application/sdp")) == bytes.fromhex("00030003")
    assert family.CSeq(method_code="BYE").method_code == 4
    assert family.Allow(methods="INVITE+BYE").methods == 0b1001


def test_another_class_for_sip_text(monkeypatch: pytest.MonkeyPatch) -> None:
    from scapy.config import conf

    class Sip(Raw):
        pass

    monkeypatch.setitem(conf.contribs["SEAS"], "sip", Sip)
    assert Sip in SEAS(bytes(layers().SlMsg(text=b"BYE sip:b@h SIP/2.0")))


def every_side() -> list[tuple[bytes, Dialect, tuple[Socket, Direction]]]:
    """One frame in so many, of each of the four streams."""
    return [(d, dialect, (s, w)) for d, s, w, dialect in captured_frames()[::9]]


def test_spoilt_frames_never_raise() -> None:
    """And show what the record says, where there is one; all bytes are kept."""
    decoded = refused = 0
    for i, (data, dialect, (socket, direction)) in enumerate(every_side()):
        for spoilt in mutations(data, i, 12) if len(data) > 40 else ():
            side = {"dialect": dialect, "socket": socket, "direction": direction}
            packet = SEAS(spoilt, **side)
            packet.show(dump=True)
            assert bytes(packet) == spoilt
            try:
                record = decode_frame(spoilt, socket, direction, dialect.layout)
                told = shown(record, dialect)
            except SeasError:
                refused += 1
                continue
            decoded += not isinstance(packet, Undecoded)
            if "message" not in told or not isinstance(packet.message, Raw):
                assert got(packet) == told
    assert decoded > 100
    assert refused > 10


@given(st.binary(min_size=1, max_size=80), st.sampled_from(Socket), st.sampled_from(Direction))
@settings(max_examples=40, deadline=None)
def test_any_bytes_never_raise(data: bytes, socket: Socket, direction: Direction) -> None:
    for whole in (data, (len(data) + 4).to_bytes(4, "big") + data):
        assert bytes(SEAS(whole, socket=socket, direction=direction)) == whole
        assert bytes(SEAS(whole)) == whole
        for name in ("TReqIn", "Reply", "Uri", "Vias", "Message", "SocketInfo"):
            packet = getattr(layers(), name)(whole)
            packet.show(dump=True)
            assert bytes(packet) == whole


def test_every_packet_builds_by_itself_and_with_any_values() -> None:
    from scapy.packet import fuzz

    from seastool.scapy import names

    random.seed(5)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for dialect in ("kamailio-5.6.3", "openser-1.3.0"):
            for name in names():
                packet = getattr(layers(dialect), name)
                assert isinstance(bytes(packet()), bytes)
                for _ in range(5):
                    assert isinstance(bytes(fuzz(packet())), bytes)


def test_without_scapy_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['scapy'] = None; import seastool.scapy"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, check=False)
    told = ran.stderr.decode().splitlines()[-1]
    assert told == 'ImportError: seastool.scapy needs scapy: pip install "seastool[scapy]"'
