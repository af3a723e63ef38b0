"""Containers: pcap and pcapng in every form, gzip, pipes, growing files, damage."""

from __future__ import annotations

import gzip
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from building import CAPTURES, frames, read
from scapy.utils import PcapNgWriter, RawPcapReader, RawPcapWriter

from seastool.capture.reader import CapturedFrame, Cause, read_capture
from seastool.errors import CaptureError

SESSION = CAPTURES / "kamailio-5.6.3-session.pcap"
BYTES = SESSION.read_bytes()
RAW = [(data, meta.sec * 10**9 + meta.usec * 1000) for data, meta in RawPcapReader(str(SESSION))]
EXPECTED = frames(BYTES)


def classic(order: str, magic: int, scale: int, extra: bytes = b"") -> bytes:
    out = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    for data, time in RAW:
        part = struct.pack(
            f"{order}IIII", time // 10**9, time % 10**9 // scale, len(data), len(data)
        )
        out += part + extra + data
    return out


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("magic", "scale", "extra"),
    [(0xA1B2C3D4, 1000, b""), (0xA1B23C4D, 1, b""), (0xA1B2CD34, 1000, bytes(8))],
)
def test_pcap(order: str, magic: int, scale: int, extra: bytes) -> None:
    assert frames(classic(order, magic, scale, extra)) == EXPECTED


def test_nanoseconds_are_kept() -> None:
    global_head = struct.pack(">IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1)
    packets = b"".join(
        struct.pack(">IIII", 1_700_000_000, 123_456_789, len(data), len(data)) + data
        for data, _ in RAW
    )
    assert {f.time_ns for f in frames(global_head + packets)} == {1_700_000_000_123_456_789}


def test_pcap_of_scapy(tmp_path: Path) -> None:
    path = tmp_path / "scapy.pcap.gz"
    with RawPcapWriter(str(path), linktype=1, gz=True, endianness=">", nano=True) as writer:
        writer.write_header(None)
        for data, time in RAW:
            writer.write_packet(data, sec=time // 10**9, usec=time % 10**9)
    assert [f for f in read_capture(path) if isinstance(f, CapturedFrame)] == EXPECTED


def test_pcapng_of_scapy(tmp_path: Path) -> None:
    from scapy.layers.l2 import Ether

    path = tmp_path / "scapy.pcapng"
    writer = PcapNgWriter(str(path))
    for data, time in RAW:
        packet = Ether(data)
        packet.time = time / 10**9
        writer.write(packet)
    writer.close()
    found = [f for f in read_capture(path) if isinstance(f, CapturedFrame)]
    assert [(f.packet, f.data) for f in found] == [(f.packet, f.data) for f in EXPECTED]
    assert all(abs(f.time_ns - e.time_ns) < 2000 for f, e in zip(found, EXPECTED, strict=True))


def block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = struct.pack(f"{order}I", 12 + len(body))
    return struct.pack(f"{order}I", kind) + size + body + size


def section(order: str) -> bytes:
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int = 1, options: bytes = b"") -> bytes:
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 0) + options)


def option(order: str, code: int, value: bytes) -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(order: str, ticks: int, data: bytes, number: int = 0) -> bytes:
    head = struct.pack(f"{order}IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), 9999)
    comment = option(order, 1, b"a comment") + bytes(4)
    return block(order, 6, head + data + bytes(-len(data) % 4) + comment)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "divide", "offset"),
    [(None, 1000, 0), (6, 1000, 0), (9, 1, 0), (9, 1, 3600), (3, 10**6, 0)],
)
def test_pcapng(order: str, resolution: int | None, divide: int, offset: int) -> None:
    options = option(order, 2, b"eth0")
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
    if offset:
        options += option(order, 14, struct.pack(f"{order}q", offset))
    data = section(order) + block(order, 0xBAD, b"unknown") + interface(order, 1, options)
    for packet, time in RAW:
        data += enhanced(order, (time - offset * 10**9) // divide, packet)
        data += block(order, 5, b"statistics, which are no packet ")
    found = frames(data)
    assert [(f.packet, f.data) for f in found] == [(f.packet, f.data) for f in EXPECTED]
    expected_times = [e.time_ns // divide * divide for e in EXPECTED]
    assert [f.time_ns for f in found] == expected_times


def test_pcapng_binary_resolution() -> None:
    data = section("<") + interface("<", 1, option("<", 9, b"\x8a"))  # 2**-10 s
    data += b"".join(enhanced("<", 1024 * 5 + 512, packet) for packet, _ in RAW)
    assert {f.time_ns for f in frames(data)} == {5_500_000_000}


def test_pcapng_sections_interfaces_and_old_blocks() -> None:
    """Byte order and interfaces change with a section; old and simple packet blocks count."""
    third = len(RAW) // 3
    data = section("<") + interface("<", 101) + interface("<", 1)
    for packet, time in RAW[:third]:
        data += enhanced("<", time // 1000, packet, 1)
    data += section(">") + interface(">", 1)
    for packet, time in RAW[third : 2 * third]:
        ticks = time // 1000
        head = struct.pack(
            ">HHIIII", 0, 7, ticks >> 32, ticks & 0xFFFFFFFF, len(packet), len(packet)
        )
        data += block(">", 2, head + packet)
    for packet, _ in RAW[2 * third :]:
        data += block(">", 3, struct.pack(">I", len(packet)) + packet)
    found = frames(data)
    assert [(f.packet, f.data) for f in found] == [(f.packet, f.data) for f in EXPECTED]


def test_gzip_members_and_padding() -> None:
    packed = (
        gzip.compress(BYTES[:1000], mtime=0) + gzip.compress(BYTES[1000:], mtime=0) + bytes(512)
    )
    assert frames(packed) == EXPECTED


def test_truncated_gzip_gives_what_is_there() -> None:
    packed = gzip.compress(BYTES, mtime=0)
    reader = read(packed[: len(packed) * 3 // 4])
    found = [r for r in reader if isinstance(r, CapturedFrame)]
    assert found == EXPECTED[: len(found)]
    assert len(found) > 10
    assert reader.losses[Cause.CAPTURE_TRUNCATED].count == 1


def test_damaged_gzip_gives_what_is_there() -> None:
    packed = bytearray(gzip.compress(BYTES, mtime=0))
    packed[len(packed) // 2] ^= 0xFF
    reader = read(bytes(packed))
    found = [r for r in reader if isinstance(r, CapturedFrame)]
    assert found[:10] == EXPECTED[:10]
    assert reader.statistics.notes


def pcapng_session() -> bytes:
    data = section("<") + interface("<")
    return data + b"".join(enhanced("<", time // 1000, packet) for packet, time in RAW)


@pytest.mark.parametrize("make", [SESSION.read_bytes, pcapng_session])
def test_truncated_at_every_byte(make: Callable[[], bytes]) -> None:
    """What is before the cut is delivered, and the cut is told with its packet."""
    whole = make()[:4000]
    ends = {len(whole)}
    previous: list[CapturedFrame] = []
    for size in range(100, len(whole)):
        reader = read(whole[:size])
        found = [r for r in reader if isinstance(r, CapturedFrame)]
        assert found[: len(previous)] == previous
        previous = found
        if Cause.CAPTURE_TRUNCATED in reader.losses:
            assert f"packet {reader.statistics.packets + 1}" in reader.statistics.notes[0]
        else:
            ends.add(size)
    assert len(ends) > 5
    assert len(previous) >= 4


@pytest.mark.parametrize(
    "bad",
    [
        struct.pack("<III", 6, 8, 0),  # shorter than a block can be
        struct.pack("<III", 6, 33, 0),  # not a multiple of four
        struct.pack("<III", 6, 0xFFFFFFFC, 0),  # 4 GB
        struct.pack("<IIII", 0xBAD, 16, 0, 20),  # two lengths
        block("<", 6, struct.pack("<IIIII", 9, 0, 0, 0, 0)),  # no such interface
        block("<", 6, struct.pack("<IIIII", 0, 0, 0, 4000, 4000)),  # longer than its block
        block("<", 0x0A0D0D0A, bytes(16)),  # no byte order mark
    ],
)
def test_a_bad_block_ends_the_reading_and_is_told(bad: bytes) -> None:
    reader = read(pcapng_session() + bad + pcapng_session())
    assert [r for r in reader if isinstance(r, CapturedFrame)] == EXPECTED
    assert reader.losses[Cause.CAPTURE_DAMAGED].count == 1
    assert reader.statistics.notes


def test_a_record_of_4_gigabytes_is_damage() -> None:
    reader = read(BYTES + struct.pack("<IIII", 0, 0, 0xFFFFFFFF, 0xFFFFFFFF) + bytes(100_000))
    assert [r for r in reader if isinstance(r, CapturedFrame)] == EXPECTED
    assert reader.losses[Cause.CAPTURE_DAMAGED].count == 1


class Dribble(BytesIO):
    """Hands out a few bytes at a time, as a pipe may."""

    def read1(self, size: int | None = -1) -> bytes:
        return super().read(7)


@pytest.mark.parametrize("data", [BYTES, gzip.compress(BYTES, mtime=0)])
def test_short_reads(data: bytes) -> None:
    assert [r for r in read_capture(Dribble(data)) if isinstance(r, CapturedFrame)] == EXPECTED


def test_follow_a_growing_file(tmp_path: Path) -> None:
    """The file starts empty and grows by odd steps; each frame comes as soon as it can."""
    path = tmp_path / "growing.pcap"
    path.touch()
    sizes = iter([10, 24, 30, 2000, 2001, 9000, 20000, len(BYTES)])
    written = 0
    seen: list[int] = []

    def wait() -> bool:
        nonlocal written
        seen.append(len(found))
        size = next(sizes, None)
        if size is None:
            return False
        with path.open("ab") as file:
            file.write(BYTES[written:size])
        written = size
        return True

    found: list[CapturedFrame] = []
    reader = read_capture(path, follow=wait)
    for record in reader:
        if isinstance(record, CapturedFrame):
            found.append(record)
    assert found == EXPECTED
    assert 0 < seen[-3] < seen[-2] < seen[-1] == len(EXPECTED)
    assert reader.losses == {}


class Slow(BytesIO):
    """A pipe that brings one byte at a time."""

    def read1(self, size: int | None = -1) -> bytes:
        return super().read(1)


@pytest.mark.parametrize("data", [BYTES[:3000], gzip.compress(BYTES[:3000], mtime=0)])
def test_one_byte_at_a_time(data: bytes) -> None:
    found = [r for r in read_capture(Slow(data)) if isinstance(r, CapturedFrame)]
    assert found == frames(BYTES[:3000])
    with pytest.raises(CaptureError, match=r"starts with 1f\)"):
        list(read_capture(Slow(b"\x1f")))


def test_a_followed_pipe_ends(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(BYTES,))
    writer.start()
    polls: list[int] = []
    reader = read_capture(path, follow=lambda: len(polls) < 5 and not polls.append(0))
    assert [r for r in reader if isinstance(r, CapturedFrame)] == EXPECTED
    writer.join()
    assert not polls


@pytest.mark.parametrize("what", ["cut short", "another file"])
def test_a_followed_file_that_is_taken_away(tmp_path: Path, what: str) -> None:
    """What writes captures in turns begins the file again, or puts another in its place."""
    path = tmp_path / "turns.pcap"
    path.write_bytes(BYTES)
    polls = 0

    def wait() -> bool:
        nonlocal polls
        polls += 1
        if polls == 3:
            other = path if what == "cut short" else tmp_path / "other"
            other.write_bytes(BYTES[:24])
            other.rename(path)
        return polls < 10

    reader = read_capture(path, follow=wait)
    assert [r for r in reader if isinstance(r, CapturedFrame)] == EXPECTED
    assert polls == 3
    (note,) = reader.statistics.notes
    assert what in note
    assert reader.losses[Cause.CAPTURE_DAMAGED].first_packet == 145


def test_a_followed_file_that_is_only_unlinked_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "unlinked.pcap"
    path.write_bytes(BYTES)
    polls: list[None] = []

    def wait() -> bool:
        path.unlink(missing_ok=True)
        polls.append(None)
        return len(polls) < 4

    reader = read_capture(path, follow=wait)
    assert [r for r in reader if isinstance(r, CapturedFrame)] == EXPECTED
    assert len(polls) == 4
    assert not reader.losses


def test_fifo(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(BYTES,))
    writer.start()
    assert [r for r in read_capture(path) if isinstance(r, CapturedFrame)] == EXPECTED
    writer.join()


def test_standard_input() -> None:
    code = (
        "from seastool.capture.reader import read_capture\n"
        "print(sum(1 for r in read_capture('-') if hasattr(r, 'kind')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=BYTES, capture_output=True, check=True, timeout=30
    )
    assert int(run.stdout) == len(EXPECTED)


def test_progress_ends_at_the_size() -> None:
    seen: list[int] = []
    for _ in read_capture(SESSION, on_progress=seen.append):
        pass
    assert seen[-1] == len(BYTES)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"GIF89a" * 20, "not a pcap or pcapng"),
        (b"\xd4\xc3", "not a pcap or pcapng"),
        (b"\xd4\xc3\xb2\xa1\2\0\4\0", "file header"),
        (b"\xfd7zXZ\0" + bytes(30), "packed with xz; unpack it: xz -dc FILE"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"hello", mtime=0), "not a pcap or pcapng"),
        (b"\x1f\x8b" + bytes(100), "gzip"),
    ],
)
def test_not_a_capture(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "bad"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=words) as caught:
        list(read_capture(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CaptureError, match="no such file"):
        read_capture(tmp_path / "missing")
    with pytest.raises(CaptureError, match="directory"):
        list(read_capture(tmp_path))

    def refuse(*_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(CaptureError, match="permission denied"):
        read_capture(SESSION)
