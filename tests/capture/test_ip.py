"""IP: options, extension headers, fragments, padding, packets captured short."""

from __future__ import annotations

import random
import struct

import pytest
from building import (
    AS,
    BIND,
    INFO,
    NAME,
    PROXY,
    Talk,
    contents,
    ethernet,
    event,
    frames,
    ip,
    pcap,
    read,
    udp,
)
from scapy.layers.inet import IP, TCP, IPOption_NOP, fragment
from scapy.layers.inet import UDP as ScapyUDP
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    fragment6,
)

from seastool.capture.reader import CapturedFrame, CapturedSip, Cause, Gap, Limits

SIP = b"OPTIONS sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n"
BIG = SIP + b"z" * 4000


def session(v6: bool = False) -> list[bytes]:
    talk = Talk(v6=v6)
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    talk.from_as(BIND)
    for number in range(20):
        talk.from_proxy(event(number, 1200))
    return talk.packets


EXPECTED = [NAME, INFO, BIND] + [event(n, 1200) for n in range(20)]


def test_plain() -> None:
    assert contents(pcap(session())) == EXPECTED
    assert contents(pcap(session(v6=True))) == EXPECTED


def test_ipv4_options() -> None:
    packets = []
    for packet in session():
        scapy = IP(packet)
        scapy.options = [IPOption_NOP()] * 7
        del scapy.ihl, scapy.len, scapy.chksum
        packets.append(bytes(scapy))
    assert packets[0][0] == 0x47
    assert contents(pcap(packets)) == EXPECTED


def test_tcp_options() -> None:
    packets = []
    for packet in session():
        scapy = IP(packet)
        scapy[TCP].options = [("NOP", None), ("NOP", None), ("Timestamp", (1, 2))]
        del scapy.len, scapy[TCP].dataofs
        packets.append(bytes(scapy))
    assert contents(pcap(packets)) == EXPECTED


def test_ipv6_extension_headers() -> None:
    packets = []
    for packet in session(v6=True):
        inner = IPv6(packet)
        head = IPv6(src=inner.src, dst=inner.dst)
        stack = head / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting()
        packets.append(bytes(stack / IPv6ExtHdrFragment(m=0, offset=0) / inner[TCP]))
    assert contents(pcap(packets)) == EXPECTED


def test_ethernet_padding_is_no_data() -> None:
    packets = [ethernet(packet).ljust(60, b"\xee") for packet in session()]
    assert contents(pcap(packets, link=1)) == EXPECTED


def test_total_length_0_of_offload() -> None:
    packets = [p[:2] + b"\0\0" + p[4:] for p in session()]
    assert contents(pcap(packets)) == EXPECTED
    v6 = [p[:4] + b"\0\0" + p[6:] for p in session(v6=True)]
    assert contents(pcap(v6)) == EXPECTED


@pytest.mark.parametrize("seed", range(5))
def test_fragments_of_ipv4_tcp(seed: int) -> None:
    chance = random.Random(seed)
    packets: list[bytes] = []
    for number, packet in enumerate(session()):
        scapy = IP(packet)
        scapy.id = number
        scapy.flags = 0
        pieces = [bytes(piece) for piece in fragment(scapy, fragsize=chance.choice([8, 256, 800]))]
        chance.shuffle(pieces)
        packets += pieces + pieces[:1]
    reader = read(pcap(packets))
    assert [r.data for r in reader if isinstance(r, CapturedFrame)] == EXPECTED


def test_fragments_of_sip_over_udp() -> None:
    packet = IP(src="10.0.0.1", dst="10.0.0.2", id=9) / ScapyUDP(sport=5060, dport=5060) / BIG
    pieces = [bytes(piece) for piece in fragment(packet, fragsize=1000)]
    reader = read(pcap([pieces[2], pieces[0], *pieces[3:], pieces[1]]))
    (sip,) = [r for r in reader if isinstance(r, CapturedSip)]
    assert sip.data == BIG
    assert sip.packet == len(pieces)
    assert str(sip.source) == "10.0.0.1:5060"


def test_fragments_of_ipv6() -> None:
    packet = IPv6(src="::1", dst="::2") / IPv6ExtHdrFragment(id=7)
    packet = packet / IPv6ExtHdrDestOpt() / ScapyUDP(sport=5060, dport=5062) / BIG
    pieces = [bytes(piece) for piece in fragment6(packet, 1280)]
    assert len(pieces) > 3
    (sip,) = [r for r in read(pcap(pieces[::-1])) if isinstance(r, CapturedSip)]
    assert sip.data == BIG


def test_overlapping_fragments_first_copy_wins() -> None:
    def piece(start: int, data: bytes, more: int) -> bytes:
        place = more << 13 | start // 8
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(data), 5, place, 9, 17, 0)
        return head + AS + PROXY + data

    whole = struct.pack(">HHHH", 5060, 5060, 8 + 64, 0) + SIP.ljust(64, b".")
    garbled = bytes(byte ^ 0xFF for byte in whole)
    packets = [
        piece(16, whole[16:40], 1),
        piece(8, whole[8:16] + garbled[16:48], 1),
        piece(40, garbled[40:48] + whole[48:], 0),
        piece(0, whole[:8] + garbled[8:24], 1),
    ]
    packets[1] = piece(8, whole[8:16] + garbled[16:40], 1)
    packets[2] = piece(32, garbled[32:40] + whole[40:], 0)
    (sip,) = [r for r in read(pcap(packets)) if isinstance(r, CapturedSip)]
    assert sip.data == whole[8:]


def test_missing_fragments_are_counted_and_bounded() -> None:
    packet = IP(src="10.0.0.1", dst="10.0.0.2") / ScapyUDP(sport=5060, dport=5060) / BIG
    packets = []
    for number in range(600):
        packet.id = number
        packets.append(bytes(fragment(packet, fragsize=1000)[0]))
    reader = read(pcap(packets, step_us=1))
    assert list(reader) == []
    assert reader.losses[Cause.FRAGMENT_LIMIT].count == 600 - Limits().fragments
    assert reader.losses[Cause.FRAGMENT_INCOMPLETE].count == Limits().fragments
    slow = read(pcap(packets, step_us=1_000_000))
    assert list(slow) == []
    assert Cause.FRAGMENT_LIMIT not in slow.losses
    assert slow.losses[Cause.FRAGMENT_INCOMPLETE].count == 600


def test_packets_captured_short_are_gaps_with_the_next_frame_exact() -> None:
    reader = read(pcap(session(), snap=200))
    records = list(reader)
    gaps = [r for r in records if isinstance(r, Gap) and r.missing]
    cut = [len(p) - 200 for p in session() if len(p) > 200]
    assert [g.missing for g in gaps] == cut
    assert {g.cause for g in gaps} == {Cause.SNAPLEN_CUT}
    assert [r.data for r in records if isinstance(r, CapturedFrame)] == [NAME, INFO, BIND]
    assert reader.losses[Cause.CUT_BY_GAP].size == 20 * (200 - 40)


def test_short_capture_keeps_what_fits() -> None:
    talk = Talk()
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    for number in range(30):
        talk.from_proxy(event(number, 1500 if number % 3 == 0 else 150))
    found = contents(pcap(talk.packets, snap=300))
    assert found == [NAME, INFO] + [event(n, 150) for n in range(30) if n % 3]


@pytest.mark.parametrize("size", range(0, 80, 3))
def test_packets_captured_very_short(size: int) -> None:
    packets = [*session(), udp(5060, 5060, SIP)]
    reader = read(pcap(packets, snap=size))
    list(reader)
    if size < 40:
        assert reader.losses


def test_other_protocols_and_bad_headers_are_counted() -> None:
    good = udp(1, 2, SIP)
    packets = [
        ip(47, bytes(50), AS + PROXY),
        b"\x41" + good[1:],  # header of 4 bytes
        good[:2] + b"\0\x06" + good[4:],  # total length below the header
        ip(6, bytes(12) + b"\x10" + bytes(7), AS + PROXY),  # TCP header of 4 bytes
        ip(6, bytes(12) + b"\xf0" + bytes(7), AS + PROXY),  # TCP header behind the end
        ip(17, bytes(3), AS + PROXY),
        b"\x99" * 40,
        udp(1, 2, b"\r\n\r\n"),
        udp(1, 2, b"\x80\x00rtp"),
    ]
    reader = read(pcap(packets))
    assert list(reader) == []
    counts = {cause: loss.count for cause, loss in reader.losses.items()}
    assert counts == {
        Cause.OTHER_PROTOCOL: 1,
        Cause.BAD_HEADER: 5,
        Cause.NOT_IP: 1,
        Cause.KEEP_ALIVE: 1,
        Cause.OTHER_UDP: 1,
    }
    assert reader.statistics.packets == 9


def test_frames_know_ipv6_addresses() -> None:
    found = frames(pcap(session(v6=True)))
    assert str(found[0].source) == "[::1]:40000"
    assert str(found[0].destination) == "[::2]:5080"
