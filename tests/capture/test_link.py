"""Each link layer, written by scapy, gives the frames that the same packets in Ethernet give."""

import pytest
from building import CAPTURES, ethernet, frames, pcap, read, tcp
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import CookedLinux, CookedLinuxV2, Dot1AD, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE
from scapy.utils import RawPcapReader

from seastool.capture.reader import Cause

SESSION = CAPTURES / "kamailio-5.6.3-session.pcap"
PACKETS = [data[14:] for data, _ in RawPcapReader(str(SESSION)) if data[12:14] == b"\x08\x00"]
EXPECTED = [(f.socket, f.direction, f.data) for f in frames(SESSION.read_bytes())]


def wrapped(*layers: object) -> list[bytes]:
    return [bytes(_stack(layers) / IP(packet)) for packet in PACKETS]


def _stack(layers: tuple[object, ...]) -> object:
    whole = layers[0]
    for layer in layers[1:]:
        whole = whole / layer  # type: ignore[operator]
    return whole


def raw(head: bytes) -> list[bytes]:
    return [head + packet for packet in PACKETS]


@pytest.mark.parametrize(
    ("link", "packets"),
    [
        (1, wrapped(Ether())),
        (1, wrapped(Ether(), Dot1Q(vlan=7))),
        (1, wrapped(Ether(), Dot1AD(vlan=7), Dot1Q(vlan=8))),
        (1, wrapped(Ether(), Dot1Q(vlan=7), Dot1Q(vlan=8), Dot1Q(vlan=9))),
        (1, wrapped(Ether(), PPPoE(), PPP(proto=0x21))),
        (1, [bytes(Ether()/IP(p)) + b"\xde\xad\xbe\xef" for p in PACKETS]),  # check sum behind
        (113, wrapped(CookedLinux())),
        (113, wrapped(CookedLinux(), Dot1Q(vlan=3))),
        (276, wrapped(CookedLinuxV2())),
        (0, raw(b"\x02\0\0\0")),
        (0, raw(b"\0\0\0\x02")),
        (0, wrapped(Loopback())),
        (108, raw(b"\0\0\0\x02")),
        (101, PACKETS),
        (12, PACKETS),
        (14, PACKETS),
        (228, PACKETS),
        (1 | 4 << 28 | 1 << 26, wrapped(Ether())),  # says that 4 bytes of check sum follow
    ],
)  # fmt: skip
def test_link_layer(link: int, packets: list[bytes]) -> None:
    found = frames(pcap(packets, link=link))
    assert [(f.socket, f.direction, f.data) for f in found] == EXPECTED


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (229, b""),
        (101, b""),
        (1, bytes(12) + b"\x86\xdd"),
        (0, b"\x1e\0\0\0"),
        (108, b"\0\0\0\x18"),
        (276, b"\x86\xdd" + bytes(18)),
    ],
)
def test_ipv6(link: int, head: bytes) -> None:
    packets = []
    for packet in PACKETS:
        size = (packet[0] & 15) * 4
        if packet[9] == 6:
            packets.append(head + bytes(IPv6(nh=6, src="::1", dst="::1") / packet[size:]))
    found = frames(pcap(packets, link=link))
    assert [(f.socket, f.direction, f.data) for f in found] == EXPECTED
    assert str(found[0].source).startswith("[::1]:")


def test_an_unknown_link_type_is_counted_and_told() -> None:
    reader = read(pcap(PACKETS[:5], link=147))
    assert list(reader) == []
    assert reader.losses[Cause.UNKNOWN_LINK].count == 5
    assert reader.statistics.link_types == {147: 5}
    assert "147" in reader.statistics.notes[0]


def test_what_is_not_ip_is_counted() -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    lldp = bytes(12) + b"\x88\xcc" + bytes(28)
    packets = [arp, ethernet(tcp(1, 2, 3, 4, 2)), lldp, bytes(9), bytes(12) + b"\x81\0\0\1"]
    reader = read(pcap(packets, link=1))
    assert list(reader) == []
    assert reader.losses[Cause.NOT_IP].count == 2
    assert reader.losses[Cause.TRUNCATED_PACKET].count == 2


def test_empty_packets_of_every_link_type() -> None:
    for link in (0, 1, 12, 101, 108, 113, 228, 229, 276):
        for size in range(60):
            reader = read(pcap([bytes(size)], link=link))
            assert list(reader) == []
            assert sum(loss.count for loss in reader.losses.values()) == 1
