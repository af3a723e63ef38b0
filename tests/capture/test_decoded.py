"""Records decoded: lazily, and each proxy in the dialect that its frames tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.detections import LOOK_AHEAD, MAX_KNOWN, MAX_PROXIES, Detections
from seastool.capture.losses import Cause
from seastool.capture.reader import read_capture
from seastool.capture.records import Address, CapturedFrame, CapturedSip, Gap, Record
from seastool.seas.codec import encode_frame
from seastool.seas.dialects import lookup
from seastool.seas.frames import Bind, JainPong, Ping, Reply
from seastool.seas.framing import UnitKind
from seastool.seas.types import Direction, Layout, Socket

CAPTURES = Path(__file__).parents[2] / "captures"
KAMAILIO = CAPTURES / "kamailio-5.6.3-session.pcap"
OPENSER = CAPTURES / "openser-1.3.0-session.pcap"
PROXY, AS = b"\x0a\0\0\1", b"\x0a\0\0\2"
BIND = Bind(processor_id=1, address=PROXY, protocol=1, port=5060)
PONG = JainPong(sequence=7)
REPLY = Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\n\r\n")


def frame(
    data: bytes,
    port: int = 5080,
    *,
    socket: Socket = Socket.EVENT,
    direction: Direction = Direction.TO_OPENSER,
    connection: int = -1,
    as_name: str | None = "as_1",
    kind: UnitKind = UnitKind.FRAME,
) -> CapturedFrame:
    proxy, peer = Address(PROXY, port), Address(AS, 40000)
    ends = (peer, proxy) if direction is Direction.TO_OPENSER else (proxy, peer)
    connection = port if connection < 0 else connection
    return CapturedFrame(1, 0, connection, *ends, socket, direction, kind, as_name, data, 0)


def pong(layout: Layout, port: int = 5081, **options: object) -> CapturedFrame:
    data = encode_frame(PONG, layout)
    return frame(data, port, socket=Socket.ACTION, **options)  # type: ignore[arg-type]


def bind(layout: Layout, port: int = 5080) -> CapturedFrame:
    return frame(encode_frame(BIND, layout), port)


def ping(port: int = 5080) -> CapturedFrame:
    return frame(Ping(sequence=1).encode(), port, direction=Direction.TO_AS)


def sip() -> CapturedSip:
    ends = Address(PROXY, 5060), Address(AS, 5060)
    return CapturedSip(1, 0, -1, *ends, "udp", b"OPTIONS sip:h SIP/2.0\r\n\r\n")


def gap() -> Gap:
    ends = Address(PROXY, 5080), Address(AS, 5060)
    return Gap(1, 0, 1, *ends, Socket.EVENT, Direction.TO_AS, 10, 0, Cause.LOST)


@pytest.mark.parametrize("path", [KAMAILIO, OPENSER], ids=lambda path: path.name)
@pytest.mark.parametrize("live", [False, True])
def test_every_record_comes_out_in_order_and_decodes(path: Path, live: bool) -> None:
    records = list(read_capture(path))
    decoded = list(decode_records(records, live=live))
    assert [d.captured for d in decoded] == records
    assert [d.error for d in decoded if d.error] == []
    assert all(d.unit for d in decoded if isinstance(d.captured, CapturedFrame))


@pytest.mark.parametrize(
    ("path", "address", "family"),
    [(KAMAILIO, "127.0.0.1:5080", "kamailio-"), (OPENSER, "127.0.0.1:6104", "openser-1.3.0")],
    ids=["kamailio", "openser"],
)
def test_a_session_tells_its_proxy(path: Path, address: str, family: str) -> None:
    detections = Detections()
    list(decode_records(read_capture(path), detections=detections))
    (proxy,) = detections.proxies
    assert proxy.address == address
    assert proxy.dialect.name.startswith(family)
    assert proxy.reasons[0].startswith("BIND is laid out as in layout ")


def test_a_given_dialect_is_taken() -> None:
    dialect = lookup("openser-1.2.0")
    assert {d.dialect for d in decode_records(read_capture(KAMAILIO), dialect)} == {dialect}


@pytest.mark.parametrize("layout", list(Layout))
def test_early_actions_are_read_in_the_layout_that_later_ones_tell(layout: Layout) -> None:
    reply = encode_frame(REPLY, layout)
    early = frame(encode_frame(Bind(processor_id=0, address=PROXY, protocol=1, port=1), layout))
    records = [early, ping(), frame(reply, 5081, socket=Socket.ACTION)]
    decoded = list(decode_records(records))
    assert {d.dialect.layout for d in decoded} == {layout}


@pytest.mark.parametrize("layout", list(Layout))
def test_live_an_action_tells_its_own_layout_and_nothing_waits(layout: Layout) -> None:
    def source() -> Iterator[Record]:
        yield bind(layout)
        raise AssertionError("read on before the first record was out")

    first = next(decode_records(source(), live=True))
    assert first.dialect.layout is layout
    assert isinstance(first.unit, Bind)
    assert first.unit.processor_id == 1


def test_both_sockets_and_all_servers_of_a_proxy_share_a_detector() -> None:
    detections = Detections()
    records = [
        bind(Layout.A),
        pong(Layout.A, connection=1),
        frame(encode_frame(BIND, Layout.A), connection=2, as_name="as_2"),
    ]
    list(decode_records(records, detections=detections))
    assert [proxy.address for proxy in detections.proxies] == ["10.0.0.1:5080"]


def test_sockets_on_odd_ports_are_paired_by_name() -> None:
    detections = Detections()
    list(decode_records([bind(Layout.A), pong(Layout.A, 9000)], detections=detections))
    assert [proxy.address for proxy in detections.proxies] == ["10.0.0.1:5080"]


def test_two_proxies_of_a_host_are_told_apart() -> None:
    detections = Detections()
    records = [
        bind(Layout.A),
        bind(Layout.B, 6104),
        pong(Layout.A, 5081),
        pong(Layout.B, 6105),
    ]
    decoded = list(decode_records(records, detections=detections))
    assert [proxy.address for proxy in detections.proxies] == ["10.0.0.1:5080", "10.0.0.1:6104"]
    assert [d.dialect.layout.value for d in decoded] == ["A", "B", "A", "B"]


def test_what_waits_is_bounded() -> None:
    taken = 0

    def source() -> Iterator[Record]:
        nonlocal taken
        while True:
            taken += 1
            yield sip() if taken % 2 else ping()

    records = decode_records(source())
    for _ in range(3):
        next(records)
    assert taken <= 2 * LOOK_AHEAD + 2


def test_a_silent_proxy_does_not_hold_the_others_for_ever() -> None:
    taken = 0

    def source() -> Iterator[Record]:
        nonlocal taken
        yield ping(7000)
        while True:
            taken += 1
            yield sip()

    next(decode_records(source()))
    assert taken < 5000


def test_what_is_known_of_proxies_is_bounded() -> None:
    """Ever new connections, names and proxies."""
    detections = Detections()
    for number in range(20_000):
        record = frame(
            BIND.encode(), 1000 + number // 4, as_name=str(number), direction=Direction.TO_OPENSER
        )
        record.connection = number
        detections.proxy_of(record).observe(record)
    assert len(detections.proxies) <= MAX_PROXIES
    assert len(detections._by_name) <= MAX_KNOWN
    assert len(set(detections._by_connection.values())) <= MAX_PROXIES


def test_sip_and_gaps_pass_through() -> None:
    decoded = list(decode_records([sip(), ping(), gap()]))
    assert [d.type_name for d in decoded] == ["SIP", "PING", "gap"]
    assert decoded[0].unit is decoded[2].unit is None


def test_what_does_not_decode_says_why_and_raises_nothing() -> None:
    decoded = Decoded(frame(b"\0\0\0\x09\x02"), lookup("kamailio"))
    assert decoded.unit is None
    assert decoded.message is None
    assert decoded.error is not None
    assert Decoded(frame(b"\0"), lookup("kamailio")).type_name == "cut frame"
