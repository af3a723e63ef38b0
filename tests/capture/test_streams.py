"""Which connection is SEAS, on which socket, in which direction; what else there is."""

from __future__ import annotations

import pytest
from building import (
    ACK,
    AS,
    BIND,
    CAPTURES,
    INFO,
    NAME,
    PING,
    PONG,
    PROXY,
    PUSH_ACK,
    SYN,
    Talk,
    event,
    pcap,
    read,
    reply,
    tcp,
    udp,
)  # fmt: skip

from seastool.capture.reader import (
    CapturedFrame,
    CapturedSip,
    CaptureReader,
    Cause,
    Gap,
    Limits,
    Ports,
    Record,
    UnitKind,
)
from seastool.seas.types import Direction, Socket

FAILURE = bytes.fromhex("0000001e0500000050 00000002 10".replace(" ", "")) + b"From tag missing"
REQUEST = b"INVITE sip:b@example.com SIP/2.0\r\nCall-ID: 1\r\nContent-Length: 4\r\n\r\nbody"
ANSWER = b"SIP/2.0 200 OK\r\nCall-ID: 1\r\nl: 0\r\n\r\n"


def units(records: list[Record]) -> list[tuple[int, str, str, bytes]]:
    return [
        (r.packet, str(r.socket), str(r.direction), r.data)
        for r in records
        if isinstance(r, CapturedFrame)
    ]


def one_frame(data: bytes, *, from_proxy: bool, port: int = 9999) -> list[Record]:
    """A capture that has nothing but one frame, in mid-stream."""
    talk = Talk(port, syn=False)
    (talk.from_proxy if from_proxy else talk.from_as)(data)
    return list(read(pcap(talk.packets)))


@pytest.mark.parametrize(
    ("data", "from_proxy", "socket"),
    [
        (event(1), True, Socket.EVENT),
        (PING, True, Socket.EVENT),
        (bytes.fromhex("00000021040100000002000000000000000000a4954c736c100000005100000198"), True,
         Socket.EVENT),
        (INFO, True, Socket.EVENT),
        (BIND, False, Socket.EVENT),
        (bytes.fromhex("00000013060000000001 02047f000001 0117ad".replace(" ", "")), False,
         Socket.EVENT),
        (bytes.fromhex("0000000a070100000000"), False, Socket.EVENT),
        (reply(1), False, Socket.ACTION),
        (PONG, False, Socket.ACTION),
        (bytes.fromhex("0000000d080000000000000001"), False, Socket.ACTION),
        (FAILURE, True, Socket.ACTION),
    ],
)  # fmt: skip
def test_one_frame_tells_socket_and_direction(
    data: bytes, from_proxy: bool, socket: Socket
) -> None:
    (record,) = one_frame(data, from_proxy=from_proxy)
    assert isinstance(record, CapturedFrame)
    assert (record.socket, record.data) == (socket, data)
    assert record.direction is (Direction.TO_AS if from_proxy else Direction.TO_OPENSER)


@pytest.mark.parametrize("capture", ["kamailio-5.6.3-session", "openser-1.3.0-session"])
def test_every_real_frame_tells_socket_and_direction_by_itself(capture: str) -> None:
    """Both layouts; the exceptions are none."""
    data = (CAPTURES / f"{capture}.pcap").read_bytes()
    for frame in read(data):
        if isinstance(frame, CapturedFrame) and frame.kind is UnitKind.FRAME:
            (alone,) = one_frame(frame.data, from_proxy=frame.direction is Direction.TO_AS)
            assert isinstance(alone, CapturedFrame)
            assert (alone.socket, alone.direction) == (frame.socket, frame.direction)


@pytest.mark.parametrize("capture", ["kamailio-5.6.3-session", "openser-1.3.0-session"])
@pytest.mark.parametrize("first", [10, 20, 45, 70, 100])
def test_a_capture_that_starts_late(capture: str, first: int) -> None:
    """Packet numbers shift; the frames are those of the whole capture from there on."""
    from scapy.utils import RawPcapReader

    path = CAPTURES / f"{capture}.pcap"
    packets = [data for data, _ in RawPcapReader(str(path))]
    whole = [r for r in read(path.read_bytes()) if isinstance(r, CapturedFrame)]
    late = units(list(read(pcap(packets[first:], link=1))))
    assert [(p + first, s, d, data) for p, s, d, data in late] == [
        (r.packet, r.socket, r.direction, r.data) for r in whole if r.packet > first
    ]


def test_names_alone_on_neighbouring_ports() -> None:
    event_talk = Talk(5080)
    event_talk.from_as(NAME)
    action = Talk(5081, client=40001, packets=event_talk.packets)
    action.from_as(NAME)
    records = list(read(pcap(action.packets)))
    assert units(records) == [
        (4, "event", "as->openser", NAME),
        (8, "action", "as->openser", NAME),
    ]


def test_a_name_alone_is_not_enough() -> None:
    talk = Talk()
    talk.from_as(NAME)
    reader = read(pcap(talk.packets))
    assert list(reader) == []
    assert reader.losses[Cause.OTHER_TCP].count == 1


def test_early_bytes_come_out_in_their_place() -> None:
    """Records of other connections wait for a name whose socket is not known yet."""
    talk = Talk()
    name = len(talk.packets) + 1
    talk.from_as(NAME)
    talk.packets += [udp(5060, 5060, REQUEST) for _ in range(5)]
    talk.from_proxy(INFO)
    records = list(read(pcap(talk.packets)))
    assert [r.packet for r in records] == list(range(name, name + 7))
    assert [type(r) for r in records] == [CapturedFrame, *[CapturedSip] * 5, CapturedFrame]


def test_waiting_for_a_name_is_bounded() -> None:
    talk = Talk()
    talk.from_as(NAME)
    talk.packets += [udp(5060, 5060, REQUEST) for _ in range(200)]
    talk.from_proxy(INFO)
    reader = read(pcap(talk.packets), limits=Limits(held_packets=50))
    seen: list[Record] = []
    for record in reader:
        seen.append(record)
        assert reader.statistics.packets <= record.packet + 52 or record.packet == 4
    assert [r.packet for r in seen] == [*range(5, 205), 4, 205]


def test_names_of_both_sockets_and_pairing() -> None:
    """The name of the event socket's connection holds for an action socket seen later."""
    talk = Talk(5080)
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    action = Talk(5081, client=40001, packets=talk.packets, syn=False)
    action.from_as(reply(1))
    talk.from_proxy(event(1))
    records = list(read(pcap(talk.packets)))
    assert {r.as_name for r in records if isinstance(r, CapturedFrame)} == {"as_01"}
    assert len(records) == 4


def test_ports_override_content() -> None:
    strange = b"\0\0\0\x10\x63\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
    talk = Talk(6104)
    talk.from_as(b"\x03\xff\x00\x01")
    talk.from_proxy(strange)
    action = Talk(6105, client=40001, packets=talk.packets)
    action.from_proxy(strange)
    assert not [r for r in read(pcap(talk.packets)) if isinstance(r, CapturedFrame)]
    expected = [
        (4, "event", "as->openser", b"\x03\xff\x00\x01"),
        (5, "event", "openser->as", strange),
        (9, "action", "openser->as", strange),
    ]
    assert units(list(read(pcap(talk.packets), ports=[6104]))) == expected
    ports = Ports.of([6104], [6105])
    assert units(list(read(pcap(talk.packets), ports=ports))) == expected
    swapped = units(list(read(pcap(talk.packets), ports=Ports.of([6105], [6104]))))
    assert [u[1] for u in swapped] == ["action", "action", "event"]


def test_ports_pair() -> None:
    assert Ports.of([5080]).action == {5081}
    assert Ports.of([5080], [7000]).action == {7000}
    assert Ports.of([5080], [7000]).socket(5081) is None


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"SSH-2.0-OpenSSH_9.2\r\n" + bytes(500),
        b"\x00\x1d\x12\x34\x01\x00\x00\x01" + bytes(100),
        b"\x0c\x00\xff\xff" * 50,
        b"\x03abc and more text that is no frame" * 9,
        bytes(3000),
        b"\x10\x02ab",
    ],
)
@pytest.mark.parametrize("syn", [True, False])
def test_other_connections_are_counted_once(stream: bytes, syn: bool) -> None:
    talk = Talk(8080, syn=syn)
    for start in range(0, len(stream), 400):
        talk.from_as(stream[start : start + 400])
    for _ in range(3):
        talk.from_proxy(b"answer of another protocol\n")
    reader = read(pcap(talk.packets))
    assert list(reader) == []
    assert reader.losses[Cause.OTHER_TCP].count == 1
    assert reader.losses[Cause.OTHER_TCP].size <= len(stream) + 81


def test_sip_over_tcp() -> None:
    talk = Talk(5060)
    whole = REQUEST + b"\r\n\r\n" + REQUEST
    talk.from_as(whole[:50])
    talk.from_as(whole[50:90])
    talk.from_proxy(b"\r\n\r\n")
    talk.from_as(whole[90:])
    talk.from_proxy(ANSWER)
    reader = read(pcap(talk.packets))
    found = [(r.packet, r.transport, r.data) for r in reader if isinstance(r, CapturedSip)]
    assert found == [(5, "tcp", REQUEST), (7, "tcp", REQUEST), (8, "tcp", ANSWER)]
    assert reader.losses[Cause.KEEP_ALIVE].size == 8
    assert reader.statistics.sip_connections == 1
    assert reader.statistics.sip_messages == 3


def test_sip_over_tcp_with_loss_and_late_start() -> None:
    talk = Talk(5060, syn=False)
    talk.from_as(b"tail of a body\r\n" + REQUEST)
    lost = talk.from_as(REQUEST)
    talk.packets.remove(lost)
    talk.from_as(REQUEST[:20])
    talk.from_as(REQUEST[20:])
    records = list(read(pcap(talk.packets)))
    assert [r.data for r in records if isinstance(r, CapturedSip)] == [REQUEST, REQUEST]
    gaps = [(r.missing, r.skipped, r.cause) for r in records if isinstance(r, Gap)]
    assert gaps == [(0, 16, Cause.OUT_OF_STEP), (len(REQUEST), 0, Cause.LOST)]


@pytest.mark.parametrize("begin", [0, 4, 12, 17, 18])
def test_the_text_of_a_frame_in_mid_stream_is_not_taken_for_sip(begin: int) -> None:
    """The capture begins inside an action, at the SIP text or just before it."""
    talk = Talk(5081, syn=False)
    talk.from_as(reply(1)[begin:])
    talk.from_as(reply(2))
    talk.from_as(reply(3))
    records = list(read(pcap(talk.packets)))
    assert [u[3] for u in units(records)] == [reply(n) for n in (1, 2, 3) if n > 1 or not begin]
    assert not [r for r in records if isinstance(r, CapturedSip)]


@pytest.mark.parametrize("ways", ["ask", "ask ask", "ask answer", "answer"])
def test_sip_over_tcp_in_mid_stream(ways: str) -> None:
    talk = Talk(5060, syn=False)
    talk.from_as(REQUEST[-30:])
    sent = []
    for way in ways.split():
        sent.append(REQUEST if way == "ask" else ANSWER)
        (talk.from_as if way == "ask" else talk.from_proxy)(sent[-1])
    found = [r for r in read(pcap(talk.packets)) if isinstance(r, CapturedSip)]
    assert [r.data for r in found] == sent
    assert [r.packet for r in found] == list(range(2, 2 + len(sent)))


def test_sip_over_udp_and_other_datagrams() -> None:
    packets = [
        udp(5060, 5070, REQUEST),
        udp(5070, 5060, ANSWER),
        udp(5060, 5070, b"\r\n" + REQUEST),
        udp(53, 53, b"\x12\x34\x01\0\0\1" + bytes(20)),
        udp(9, 9, b"INVITE without a version\r\n"),
        udp(9, 9, b""),
    ]
    reader = read(pcap(packets))
    assert [(r.packet, r.data) for r in reader if isinstance(r, CapturedSip)] == [
        (1, REQUEST),
        (2, ANSWER),
        (3, b"\r\n" + REQUEST),
    ]
    assert reader.losses[Cause.OTHER_UDP].count == 2


def test_a_frame_cut_by_a_gap_does_not_hide_the_next() -> None:
    talk = Talk()
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    data = event(1, 3000)
    for start in range(0, 3000, 1000):
        talk.from_proxy(data[start : start + 1000])
    middle = talk.packets[-2]
    talk.packets.remove(middle)
    talk.from_proxy(event(2) + event(3))
    records = list(read(pcap(talk.packets)))
    assert [u[3] for u in units(records)] == [NAME, INFO, event(2), event(3)]
    gaps = [(r.missing, r.skipped, r.cause) for r in records if isinstance(r, Gap)]
    assert gaps == [
        (1000, 0, Cause.LOST),
        (0, len(data) - 1000, Cause.CUT_BY_GAP),
    ]


def test_held_bytes_are_bounded() -> None:
    """Streams that look like the middle of something are held to a limit, and counted."""
    packets: list[bytes] = []
    for client in range(40):
        for number in range(40):
            data = bytes([7 + client]) * 1000
            seq = number * 1000
            packets.append(tcp(20000 + client, 4444, seq, 0, PUSH_ACK, data))
    limits = Limits(held_bytes=30_000, total_held_bytes=200_000)
    reader = read(pcap(packets), limits=limits)
    assert list(reader) == []
    assert reader.losses[Cause.OTHER_TCP].count == 40
    assert reader.losses[Cause.HOLD_LIMIT].count == 40
    assert reader._streams._held == 0


def test_a_crowd_of_unidentified_connections_does_not_keep_seas_out() -> None:
    """The total is reached: the connection held longest is given up, not the newest."""
    packets: list[bytes] = []
    for client in range(300):
        packets.append(tcp(20000 + client, 4444, 9, 0, PUSH_ACK, b"\xff" * 1000))
    talk = Talk(packets=packets)
    talk.from_as(NAME)
    packets += [tcp(30000 + n, 4444, 9, 0, PUSH_ACK, b"\xff" * 997) for n in range(20)]
    talk.from_proxy(event(1))
    reader = read(pcap(packets), limits=Limits(total_held_bytes=100_000))
    assert [u[3] for u in units(list(reader))] == [NAME, event(1)]
    assert reader.losses[Cause.HOLD_LIMIT].first_packet == 1


def test_names_without_end_are_forgotten() -> None:
    """Each connection says another name to another proxy, and a frame that tells what it is."""
    packets: list[bytes] = []
    for number in range(6000):
        addresses = AS + number.to_bytes(4, "big")
        for seq, data in ((9, b"\x08%08d" % number), (18, BIND)):
            packets.append(tcp(4000, 5080, seq, 0, PUSH_ACK, data, addresses=addresses))
    reader = read(pcap(packets))
    streams = reader._streams
    assert sum(1 for _ in reader) == 12_000
    assert not streams._named
    assert len(streams._names) <= 4096
    assert len(streams._known) <= 4096


def test_what_is_known_of_the_order_of_connections_is_forgotten() -> None:
    """There is always a connection that others wait for, and others never end to come."""
    packets: list[bytes] = []
    for number in range(9000):
        for port, data in ((4444, b"\x0fab"), (5060, REQUEST)):
            packets.append(tcp(number, port, 9, 0, SYN))
            packets.append(tcp(number, port, 10, 0, PUSH_ACK, data))
    reader = read(pcap(packets))
    assert sum(1 for _ in reader) == 9000
    assert len(reader._ordering._last) == 0
    most = 0
    reader = read(pcap(packets))
    for _ in reader:
        most = max(most, len(reader._ordering._last))
    assert most < 5000


def test_4_gigabyte_lengths_hold_nothing() -> None:
    talk = Talk()
    talk.from_as(NAME)
    talk.from_proxy(INFO)
    for number in range(300):
        talk.from_proxy(b"\xff\xff\xff\xff\x02\x01\0\0\0\0" + b"\xfe" * 900)
        if number == 150:
            talk.from_proxy(event(9))
    reader = read(pcap(talk.packets))
    records = list(reader)
    assert [u[3] for u in units(records)] == [NAME, INFO, event(9)]
    assert sum(r.skipped for r in records if isinstance(r, Gap)) == 300 * 910
    assert held(reader) < 2000


def held(reader: CaptureReader) -> int:
    return sum(
        getattr(getattr(half.sink, "_splitter", None), "buffered", 0)
        for half in reader._tcp.halves.values()
    )


def test_two_application_servers_at_once() -> None:
    packets: list[bytes] = []
    talks = [Talk(client=41000 + n, isn=n * 7777, packets=packets) for n in range(2)]
    for n, talk in enumerate(talks):
        talk.from_as(b"\x04as_%d" % n)
    for talk in talks:
        talk.from_proxy(INFO)
    for n in range(10):
        talks[n % 2].from_proxy(event(n))
        talks[n % 2].from_as(b"", ACK)
    records = [r for r in read(pcap(packets)) if isinstance(r, CapturedFrame)]
    assert [r.as_name for r in records] == ["as_0", "as_1"] * 7
    assert [r.connection for r in records] == [0, 1] * 7
    assert {r.source.packed for r in records} == {AS, PROXY}


def test_thousands_of_unidentified_connections_are_cheap() -> None:
    """Each says a name and nothing else; the work for one does not grow with the others."""
    import time

    def spent(count: int) -> float:
        packets: list[bytes] = []
        for number in range(count):
            addresses = AS + PROXY
            data = b"\x06%06d" % number
            packets.append(
                tcp(number, 30000 + number % 9, 5, 0, PUSH_ACK, data, addresses=addresses)
            )
        packets += [udp(5060, 5060, REQUEST)] * 50
        start = time.process_time()
        reader = read(pcap(packets, step_us=1))
        assert len(list(reader)) == 50
        assert reader.losses[Cause.OTHER_TCP].count == count
        return time.process_time() - start

    spent(100)
    assert spent(8000) < 40 * spent(800)
