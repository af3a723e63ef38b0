"""The file is right in every packet, readable at every moment, and its faults stop nobody."""

import io
import json
import shutil
import subprocess
from collections import Counter
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from building import NAME, PING, event, frames, read, reply
from traffic_to_capture import START_NS, Endpoint, Link, conversations, pair, whole

from seastool.capture.losses import Cause
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.reader import read_capture
from seastool.capture.records import NO_CONNECTION, CapturedSip
from seastool.capture.tcp_packets import DATAGRAM, SEGMENT
from seastool.errors import CaptureError
from seastool.seas.types import Socket

UDP_NUMBER = 17


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All conversations in one file."""
    path = tmp_path_factory.mktemp("written") / "everything.pcapng"
    with path.open("wb", buffering=0) as file:
        endpoint = Endpoint(PcapngWriter(file, application="a test"))
        for _name, (talk, options) in conversations():
            talk(endpoint, **options)
    return path


def packets(path: Path) -> list[bytes]:
    from scapy.utils import RawPcapNgReader

    found: list[bytes] = []
    with RawPcapNgReader(str(path)) as reader, suppress(EOFError):
        while True:
            found.append(reader._read_packet(1 << 18)[0])  # scapy cuts at 64 KiB otherwise
    return found


def test_every_packet_dissects_and_its_check_sums_are_right(everything: Path) -> None:
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.inet6 import IPv6

    sizes = set()
    found = packets(everything)
    large = [data for data in found if len(data) > 60_000]
    datagrams = [data for data in found if UDP_NUMBER in (data[9], data[6])]
    for data in found[:400] + large[::5] + datagrams:
        packet = (IP if data[0] >> 4 == 4 else IPv6)(data)
        transport = TCP if packet.haslayer(TCP) else UDP
        sizes.add((transport, len(packet[transport].payload)))
        again = packet.copy()
        del again[transport].chksum
        if IP in again:
            del again[IP].chksum
        assert bytes(again) == data
    assert {(TCP, 0), (TCP, SEGMENT), (UDP, 0), (UDP, 4)} <= sizes
    assert sum(size > DATAGRAM - 10 for transport, size in sizes if transport is UDP) == 1


def ones_complement(data: bytes) -> int:
    """As in RFC 1071, word by word."""
    data += b"\0" * (len(data) % 2)
    total = sum(data[at] << 8 | data[at + 1] for at in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_check_sums_of_all_kinds_of_sums(everything: Path) -> None:
    for data in packets(everything):
        if len(data) > 3000:
            continue
        v4 = data[0] >> 4 == 4
        addresses, segment = (data[12:20], data[20:]) if v4 else (data[8:40], data[40:])
        number = data[9] if v4 else data[6]
        pseudo = addresses + bytes([0, number]) + _u16(len(segment))
        assert ones_complement(pseudo + segment) == 0xFFFF
        if number == UDP_NUMBER:
            assert _u16(len(segment)) == segment[4:6]
            assert segment[6:8] != b"\0\0"  # that would be none
        else:
            assert segment[16:18] != b"\xff\xff"  # never minus zero
        if v4:
            assert ones_complement(data[:20]) == 0xFFFF


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")


tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")


def run_tshark(path: Path, *arguments: str) -> str:
    checks = "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE", "ip.check_checksum:TRUE"
    command = ["tshark", "-r", path, *(word for check in checks for word in ("-o", check))]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=True).stdout


@tshark
def test_tshark_finds_no_fault(everything: Path) -> None:
    told = run_tshark(everything, "-Y", "_ws.expert", "-T", "fields", "-e", "_ws.expert.message")
    messages = Counter(
        message.partition(":")[0].strip()
        for line in told.splitlines()
        for message in line.split(",")
    )
    usual = {
        "Connection establish request (SYN)",
        "Connection establish acknowledge (SYN+ACK)",
        "Connection finish (FIN)",
        "This frame initiates the connection closing",
        "This frame undergoes the connection closing",
        "Connection reset (RST)",
    }
    again = {message for message in messages if message.startswith("A new tcp session is started")}
    assert set(messages) <= usual | again
    assert messages["Connection reset (RST)"] == 9
    wrong = (
        "_ws.malformed or ip.checksum.status == 0 or tcp.checksum.status == 0 "
        "or udp.checksum.status == 0"
    )
    assert run_tshark(everything, "-Y", wrong) == ""
    assert (
        run_tshark(everything, "-Y", "tcp.analysis.flags and not tcp.analysis.reused_ports") == ""
    )


@tshark
def test_tshark_counts_connections_as_the_records_do(everything: Path) -> None:
    told = run_tshark(everything, "-Y", "tcp.len > 0", "-T", "fields", "-e", "tcp.stream")
    streams = [int(line) for line in told.splitlines()]
    found = {record.connection for record in read_capture(everything)} - {NO_CONNECTION}
    assert found <= set(streams)
    assert max(streams) == max(found)


@tshark
def test_tshark_reads_the_sip_messages_that_the_records_have(everything: Path) -> None:
    fields = ("frame.number", "tcp.stream", "sip.Call-ID")
    told = run_tshark(everything, "-Y", "sip.Call-ID", "-T", "fields", *_each("-e", fields))
    read = Counter(
        (int(number), int(stream or NO_CONNECTION), call_id)
        for line in told.splitlines()
        for number, stream, call_ids in (line.split("\t"),)
        for call_id in call_ids.split(",")
    )
    found = Counter(
        (record.packet, record.connection, _call_id(record.data))
        for record in read_capture(everything)
        if isinstance(record, CapturedSip)
    )
    assert found == read
    assert found.total() > 200


def _each(option: str, values: tuple[str, ...]) -> list[str]:
    return [word for value in values for word in (option, value)]


def _call_id(sip: bytes) -> str:
    return sip.partition(b"Call-ID: ")[2].partition(b"\r\n")[0].decode()


@tshark
def test_comments_and_the_application_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "commented.pcapng"
    with path.open("wb") as file:
        endpoint = Endpoint(PcapngWriter(file, application="a test"))
        link = Link(endpoint, Socket.EVENT)
        link.from_as(NAME, "the fault: Übermaß")
        link.from_proxy(bytes(2 * SEGMENT), "once " + "x" * 70_000)
        link.from_proxy(PING)
    told = run_tshark(path, "-T", "json", "-e", "frame.number", "-e", "frame.comment")
    layers = [packet["_source"]["layers"] for packet in json.loads(told)]
    comments = {int(one["frame.number"][0]): one.get("frame.comment") for one in layers}
    assert comments[4] == ["the fault: Übermaß"]
    assert comments[5][0].startswith("once xxx")
    assert [number for number, comment in comments.items() if comment] == [4, 5]


def test_writes_are_cut_into_packets_and_acknowledged() -> None:
    file = BytesIO()
    link = Link(Endpoint(PcapngWriter(file)), Socket.EVENT)
    link.from_proxy(bytes(10 * SEGMENT + 1))
    assert read(file.getvalue()).statistics.packets == 0
    reader = read(file.getvalue())
    list(reader)
    assert reader.statistics.packets == 3 + 11 + 5


def test_sequence_numbers_go_round() -> None:
    file = BytesIO()
    writer = PcapngWriter(file)
    endpoint = Endpoint(writer)
    links = pair(endpoint)
    sender = writer._packets._ours[links[0].number].peer
    gone = (1 << 32) - 1000 - sender.next_seq
    assert gone > 0
    sender.next_seq = sender.acknowledged = (1 << 32) - 1000
    before = len(file.getvalue())
    for number in range(10):
        links[0].from_proxy(event(number))
    written = file.getvalue()
    data = [frame.data for frame in frames(written[: _head_size()] + written[before:])]
    assert data == [event(number) for number in range(10)]


def _head_size() -> int:
    file = BytesIO()
    PcapngWriter(file)
    return len(file.getvalue())


class Pieces(io.RawIOBase):
    """An unbuffered file that notes what each write made of it."""

    def __init__(self, most: int = 1 << 30, room: int = 1 << 30) -> None:
        self.written = bytearray()
        self.states: list[bytes] = []
        self.most, self.room = most, room

    def write(self, data: bytes) -> int:  # type: ignore[override]
        piece = data[: min(self.most, self.room - len(self.written))]
        if not piece:
            raise OSError(28, "No space left on device")
        self.written += piece
        self.states.append(bytes(self.written))
        return len(piece)

    def tell(self) -> int:
        return 0

    def seek(self, at: int, whence: int = 0) -> int:
        self.at = at
        return at

    def truncate(self, size: int | None = None) -> int:
        del self.written[self.at :]
        return self.at


def test_the_file_is_whole_after_every_write() -> None:
    file = Pieces()
    whole(Endpoint(PcapngWriter(file)))
    assert len(file.states) > 40
    for state in file.states:
        reader = read(state)
        list(reader)
        assert not reader.statistics.notes
        assert Cause.CAPTURE_TRUNCATED not in reader.losses


def test_a_write_that_takes_a_part_is_gone_on_with() -> None:
    whole_file, pieces = Pieces(), Pieces(most=100)
    for file in (whole_file, pieces):
        whole(Endpoint(PcapngWriter(file)))
    assert whole_file.written == pieces.written


def test_a_full_disk_is_told_once_and_leaves_a_readable_file() -> None:
    for room in range(200, 3000, 37):
        told: list[CaptureError] = []
        file = Pieces(most=300, room=room)
        writer = PcapngWriter(file, on_error=told.append)
        whole(Endpoint(writer))
        assert told == [writer.error]
        reader = read(bytes(file.written))
        list(reader)
        assert not reader.statistics.notes
        if reader.statistics.packets:
            last = reader.statistics.packets
            assert str(writer.error) == (
                f"capture: cannot be written on (no space left on device): ends at packet {last}"
            )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("buffering", [0, -1])
def test_no_room_at_all(buffering: int) -> None:
    file = open("/dev/full", "wb", buffering=buffering)  # noqa: SIM115
    writer = PcapngWriter(file)
    assert str(writer.error) == "/dev/full: cannot be written: no space left on device"
    whole(Endpoint(writer))
    with suppress(OSError):  # a buffered file tries once more
        file.close()


def test_a_closed_file_is_a_fault_like_others(tmp_path: Path) -> None:
    with (tmp_path / "x.pcapng").open("wb") as file:
        writer = PcapngWriter(file)
        events, _ = pair(Endpoint(writer))
    events.from_proxy(PING)
    assert "closed file" in str(writer.error)


def test_a_follower_sees_each_frame_when_it_has_passed(tmp_path: Path) -> None:
    path = tmp_path / "growing.pcapng"
    with path.open("wb") as file:
        events, actions = pair(Endpoint(PcapngWriter(file)))
        seen: list[int] = []
        steps = iter(range(20))

        def more() -> bool:
            step = next(steps, None)
            if step is None:
                return False
            assert len(seen) == 5 + step - 1 or not step
            (actions.from_as(reply(step)) if step % 2 else events.from_proxy(event(step)))
            return True

        for record in read_capture(path, follow=more):
            seen.append(record.packet)
    assert len(seen) == 5 + 19


def test_times_are_in_nanoseconds() -> None:
    file = BytesIO()
    pair(Endpoint(PcapngWriter(file)))
    times = [frame.time_ns for frame in frames(file.getvalue())]
    assert times == [START_NS + 1_000_001 * step for step in range(1, 5)]
