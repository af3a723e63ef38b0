"""``--frame N`` reads no further than it must."""

from collections.abc import Iterator
from types import SimpleNamespace

from seastool.cli.decoding.one_packet import MAX_LATE, OnePacket


def records(packets: list[int], read: list[int]) -> Iterator[SimpleNamespace]:
    for packet in packets:
        read.append(packet)
        yield SimpleNamespace(captured=SimpleNamespace(packet=packet))


def passed(packets: list[int], wanted: int) -> tuple[list[int], list[int], int]:
    read: list[int] = []
    one = OnePacket(records(packets, read), wanted)  # type: ignore[arg-type]
    return [record.captured.packet for record in one], read, one.following


def test_reading_stops_behind_the_packet():
    told, read, _ = passed([1, 3, 3, 4, 9, 12], 3)
    assert told == [1, 3, 3]
    assert read == [1, 3, 3, 4]


def test_a_record_that_comes_late_is_waited_for():
    told, read, _ = passed([1, 900, 3, 901, 902], 3)
    assert told == [1, 900, 3]
    assert read == [1, 900, 3, 901]


def test_a_packet_without_a_record_is_not_looked_for_without_end():
    told, read, following = passed([1, 5, 4, MAX_LATE + 3, MAX_LATE + 4, MAX_LATE + 5], 3)
    assert told == [1, 5, 4, MAX_LATE + 3]
    assert read[-1] == MAX_LATE + 4
    assert following == 4
