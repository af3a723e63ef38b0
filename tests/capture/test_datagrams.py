"""What a datagram becomes: a record, or a count."""

from __future__ import annotations

import pytest

from seastool.capture.datagrams import sip_of
from seastool.capture.losses import Cause, Statistics
from seastool.capture.records import NO_CONNECTION, Address

ENDS = Address(bytes((10, 0, 0, 1)), 5060), Address(bytes((10, 0, 0, 2)), 5090)


@pytest.mark.parametrize("line", [b"OPTIONS sip:b@example.com SIP/2.0", b"SIP/2.0 200 OK"])
def test_sip_is_a_record(line: bytes) -> None:
    statistics = Statistics()
    data = line + b"\r\n\r\n"
    record = sip_of(data, *ENDS, 7, 9, statistics)
    assert record is not None
    assert (record.packet, record.time_ns, record.transport) == (7, 9, "udp")
    assert (record.source, record.destination) == ENDS
    assert (record.connection, record.data) == (NO_CONNECTION, data)
    assert (statistics.sip_messages, statistics.losses) == (1, {})


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (b"", Cause.KEEP_ALIVE),
        (b"\r\n\r\n", Cause.KEEP_ALIVE),
        (b"\0" * 4, Cause.KEEP_ALIVE),
        (b"\0\1\0\x08!\x12\xa4B", Cause.OTHER_UDP),
        (b"GET / HTTP/1.1\r\n\r\n", Cause.OTHER_UDP),
    ],
)
def test_what_is_no_sip_is_counted(data: bytes, cause: Cause) -> None:
    statistics = Statistics()
    assert sip_of(data, *ENDS, 7, 9, statistics) is None
    loss = statistics.losses[cause]
    assert (loss.count, loss.size, loss.first_packet) == (1, len(data), 7)
    assert statistics.sip_messages == 0
