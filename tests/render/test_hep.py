"""HEP3 packets, encoded and decoded."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seastool.errors import DecodeError, EncodeError, SeasError
from seastool.render.hep import HepPacket, Kind, decode_hep, hep_length

V4, V6 = bytes((10, 0, 0, 1)), bytes.fromhex("20010db8000000000000000000000001")


def packet(**changes: object) -> HepPacket:
    values: dict[str, object] = {
        "source": V4,
        "destination": V4,
        "source_port": 5060,
        "destination_port": 5080,
        "protocol": 6,
        "time_ns": 1_795_386_735_963_724_000,
        "kind": Kind.SIP,
        "payload": b"BYE",
    }
    return HepPacket(**(values | changes))  # type: ignore[arg-type]


def test_byte_by_byte() -> None:
    sent = packet(capture_id=2001, password=b"key", correlation=b"c1", destination=b"\n\0\0\2")
    sent.time_ns = 0x6B0355EF * 10**9 + 0x0EB48C * 1000
    assert sent.encode() == b"".join(
        (
            b"HEP3\x00\x77",
            b"\0\0\0\x01\0\x07\x02",  # IPv4
            b"\0\0\0\x02\0\x07\x06",  # TCP
            b"\0\0\0\x03\0\x0a\x0a\0\0\x01",
            b"\0\0\0\x04\0\x0a\x0a\0\0\x02",
            b"\0\0\0\x07\0\x08\x13\xc4",
            b"\0\0\0\x08\0\x08\x13\xd8",
            b"\0\0\0\x09\0\x0a\x6b\x03\x55\xef",
            b"\0\0\0\x0a\0\x0a\x00\x0e\xb4\x8c",
            b"\0\0\0\x0b\0\x07\x01",  # SIP
            b"\0\0\0\x0c\0\x0a\0\0\x07\xd1",
            b"\0\0\0\x0e\0\x09key",
            b"\0\0\0\x11\0\x08c1",
            b"\0\0\0\x0f\0\x09BYE",
        )
    )


ADDRESSES = st.sampled_from([(V4, V4), (V6, V6)])


@given(ADDRESSES, st.integers(0, 65535), st.integers(0, 2**32 - 1), st.binary(max_size=200))
def test_what_is_encoded_is_decoded(
    ends: tuple[bytes, bytes], port: int, number: int, payload: bytes
) -> None:
    sent = packet(
        source=ends[0],
        destination=ends[1],
        source_port=port,
        time_ns=number * 10**9 + 999_999_000,
        capture_id=number,
        payload=payload,
        correlation=payload[:20],
    )
    data = sent.encode()
    assert hep_length(data) == len(data)
    assert decode_hep(data) == sent


def test_microseconds_are_what_is_kept() -> None:
    assert decode_hep(packet(time_ns=1_999).encode()).time_ns == 1_000


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"payload": bytes(65536)}, "too many"),
        ({"payload": bytes(65500)}, "a packet of 65,599 bytes"),
        ({"source_port": 65536}, "source_port: 65536 does not fit"),
        ({"capture_id": 2**32}, "capture_id"),
        ({"protocol": -1}, "protocol"),
        ({"source": V6}, "both of 4 or both of 16"),
        ({"source": b"", "destination": b""}, "both of 4 or both of 16"),
    ],
)
def test_what_does_not_fit(changes: dict[str, object], told: str) -> None:
    with pytest.raises(EncodeError, match=told):
        packet(**changes).encode()


def test_other_chunks_are_passed_over() -> None:
    data = packet().encode()
    more = b"\0\x05\0\x01\0\x07x" + b"\0\0\0\x99\0\x06"  # of a vendor, and of a type to come
    longer = data[:4] + (len(data) + len(more)).to_bytes(2, "big") + data[6:] + more
    assert decode_hep(longer) == packet()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "0 bytes"),
        (b"HEP2\0\x06", "no HEP3 packet begins here"),
        (b"HEP3\0\x05", "a packet of 5 bytes"),
        (b"HEP3\0\x06", "no chunk family"),
        (b"HEP3\0\x07x", "needs 5 more bytes"),
        (b"HEP3\0\x0c\0\0\0\x01\0\x05", "a chunk of 5 bytes"),
        (b"HEP3\0\x0c\0\0\0\x01\0\xff", "a chunk of 255 bytes, 6 are left"),
        (b"HEP3\0\x0c\0\0\0\x01\0\x06", "family: 0 bytes"),
        (b"HEP3\0\x0d\0\0\0\x01\0\x07", "12 bytes, the packet has 13"),
    ],
)
def test_what_is_no_packet(data: bytes, told: str) -> None:
    with pytest.raises(DecodeError, match=told):
        decode_hep(data)


@given(st.integers(0, 118), st.integers(0, 255), st.integers(0, 118))
def test_spoilt_packets(at: int, value: int, cut: int) -> None:
    """A packet or a SeasError."""
    data = bytearray(packet(password=b"key", correlation=b"c1").encode())
    data[at % len(data)] = value
    for spoilt in (bytes(data), bytes(data[:cut])):
        with suppress(SeasError):
            assert isinstance(decode_hep(spoilt), HepPacket)
