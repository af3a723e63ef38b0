"""Over TCP: by port, put together by scapy's session, and several units in one segment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from frames_to_render import ROOT
from scapy.config import conf
from scapy.layers.inet import IP, TCP
from scapy.packet import Packet, Raw
from scapy.plist import PacketList
from scapy.sendrecv import sniff
from scapy.sessions import TCPSession
from traffic import captured, write_cut

from seastool.capture.reader import CapturedFrame, read_capture
from seastool.scapy import SEAS, Ping, Reply, TReqIn, Unframed, bind_ports, layers
from seastool.scapy.layer import Undecoded

SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
OPENSER = ROOT / "captures" / "openser-1.3.0-session.pcap"
Streams = dict[tuple[int, int], list[bytes]]


def units(packet: Packet) -> Iterable[Packet]:
    """The units of a packet, one below the other."""
    layer = packet.getlayer(SEAS)
    while isinstance(layer, SEAS):
        yield layer
        layer = layer.payload


def dissected(packets: PacketList) -> Streams:
    found: Streams = defaultdict(list)
    for packet in packets:
        for unit in units(packet):
            assert not isinstance(unit, Undecoded)
            tcp = packet[TCP]
            alone = unit.copy()
            alone.remove_payload()
            found[tcp.sport, tcp.dport].append(bytes(alone))
    return found


def wanted(path: Path) -> Streams:
    found: Streams = defaultdict(list)
    for record in read_capture(path):
        if isinstance(record, CapturedFrame):
            found[record.source.port, record.destination.port].append(record.data)
    return found


def test_a_capture() -> None:
    packets = sniff(offline=str(SESSION), session=TCPSession)
    assert dissected(packets) == wanted(SESSION)
    assert sum(map(len, wanted(SESSION).values())) == 50
    sides = {type(unit).__name__ for packet in packets for unit in units(packet)}
    assert sides >= {"Name", "SocketInfo", "Bind", "TReqIn", "ResIn", "AcResFail", "UacReq"}


def test_other_ports_and_another_dialect(monkeypatch: pytest.MonkeyPatch) -> None:
    bind_ports(6104, 6105)
    try:
        monkeypatch.setitem(conf.contribs["SEAS"], "dialect", "openser-1.3.0")
        packets = sniff(offline=str(OPENSER), session=TCPSession)
        assert dissected(packets) == wanted(OPENSER)
        assert (IP() / TCP() / layers().Reply())[TCP].dport == 6105
    finally:
        bind_ports(5080, 5081)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_units_cut_anywhere(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "cut.pcapng"
    write_cut(path, captured(SESSION), seed)
    assert dissected(sniff(offline=str(path), session=TCPSession)) == wanted(path)


def test_several_units_in_one_segment() -> None:
    sent = IP() / TCP() / Ping(sequence=1) / Ping(sequence=2)
    assert sent[TCP].sport == 5080
    packet = IP(bytes(sent))
    assert [unit.sequence for unit in units(packet)] == [1, 2]
    assert packet[Ping].sequence == 1
    assert bytes(packet) == bytes(sent)


def test_ports_tell_whose_frame_it_is() -> None:
    data = bytes(Reply(type=2, hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\n\r\n"))
    assert Reply in IP(bytes(IP() / TCP(dport=5081) / Raw(data)))
    assert TReqIn in IP(bytes(IP() / TCP(sport=5080) / Raw(data)))
    assert SEAS not in IP(bytes(IP() / TCP(sport=80, dport=81) / Raw(data)))


def test_without_the_session_a_cut_unit_stays_bytes() -> None:
    data = bytes(Ping(sequence=7))
    packet = IP(bytes(IP() / TCP(sport=5080) / Raw(data + data[:9])))
    assert packet[Ping].sequence == 7
    assert packet[Unframed].load == data[:9]


def test_a_start_in_mid_stream() -> None:
    """What belongs to no unit is passed over, and what comes after it is found."""
    ping = bytes(Ping(sequence=7))
    found = SEAS.tcp_reassemble(
        b"rest of a frame" + ping + ping[:3], {"original": TCP(sport=5080)}, {}
    )
    assert isinstance(found, Unframed)
    assert found.load == b"rest of a frame"
    assert found[Ping].sequence == 7
    assert bytes(found) == b"rest of a frame" + ping + ping[:3]


def test_half_a_unit_at_the_end() -> None:
    ping = bytes(Ping(sequence=7))
    metadata = {"original": TCP(sport=5080)}
    assert SEAS.tcp_reassemble(ping[:9], metadata, {}) is None
    assert isinstance(SEAS.tcp_reassemble(ping[:9], metadata | {"tcp_end": True}, {}), Unframed)


def test_on_a_plain_socket() -> None:
    """scapy's StreamSocket has no ports to go by."""
    import socket

    from scapy.supersocket import StreamSocket

    ours, theirs = socket.socketpair()
    stream = StreamSocket(theirs, SEAS)
    ours.sendall(bytes(Ping(sequence=1)) + bytes(Ping(sequence=2))[:8])
    first = stream.recv()
    ours.sendall(bytes(Ping(sequence=2))[8:])
    second = stream.recv()
    assert [p.sequence for p in (first, second)] == [1, 2]
    ours.close()
    stream.close()


def test_an_event_made_of_sip_text() -> None:
    import seastool

    sip = (
        b"OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
        b"From: <sip:a@h>;tag=a1\r\nTo: <sip:bob@example.com>\r\nCall-ID: c1\r\n"
        b"CSeq: 1 OPTIONS\r\n\r\n"
    )
    packet = SEAS(seastool.encode(sip, label=5))
    assert isinstance(packet, TReqIn)
    assert packet.message.text.load == sip
    assert packet.label == 5
