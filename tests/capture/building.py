"""Captures written byte by byte, without the code under test."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from seastool.capture.reader import CapturedFrame, CaptureReader, Limits, read_capture

CAPTURES = Path(__file__).parents[2] / "captures"
SYN, FIN, RST, PUSH_ACK, ACK = 2, 1, 4, 0x18, 0x10
PROXY, AS = b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
NAME = b"\x05as_01"
INFO = bytes.fromhex("1001") + b"\x01\x09127.0.0.1\x09127.0.0.1\x13\xc4"
BIND = bytes.fromhex("00000013060100000000 02047f000001 0117be".replace(" ", ""))
PING = bytes.fromhex("0000000e05ff0000000000000001")
PONG = bytes.fromhex("0000000e080000000000 00000001".replace(" ", ""))


def event(number: int, size: int = 200) -> bytes:
    """A T_REQ_IN that nothing but its head distinguishes from another."""
    body = struct.pack(">BB4sB4sHH", 1, 4, PROXY, 4, AS, 5060, 5062)
    body += struct.pack(">II", number & 0xFFFF, 0x4C730000 + number)
    text = b"OPTIONS sip:%d@example.com SIP/2.0\r\n" % number
    payload = struct.pack(">HHHH", 10, 14, len(text), len(text)) + bytes(6) + text
    payload += b"x" * max(0, size - 10 - len(body) - len(payload))
    return struct.pack(">IBBI", 10 + len(body) + len(payload), 2, 1, 0) + body + payload


def reply(number: int, size: int = 120) -> bytes:
    """A REPLY_FIN of layout B."""
    text = b"SIP/2.0 200 OK\r\nX: %d\r\n" % number
    text += b"y" * max(0, size - 18 - len(text))
    return struct.pack(">IBBIII", 18 + len(text), 2, 1, 0, number & 0xFFFF, number) + text


def tcp(
    source: int,
    destination: int,
    seq: int,
    ack: int,
    flags: int,
    data: bytes = b"",
    *,
    addresses: bytes = AS + PROXY,
    options: bytes = b"",
) -> bytes:
    """An IP packet (4 or 6, by the length of the addresses) with a TCP segment."""
    head = struct.pack(
        ">HHIIBBHHH",
        source,
        destination,
        seq & 0xFFFFFFFF,
        ack & 0xFFFFFFFF,
        (5 + len(options) // 4) << 4,
        flags,
        8192,
        0,
        0,
    )
    return ip(6, head + options + data, addresses)


def udp(source: int, destination: int, data: bytes, addresses: bytes = AS + PROXY) -> bytes:
    return ip(17, struct.pack(">HHHH", source, destination, 8 + len(data), 0) + data, addresses)


def ip(protocol: int, payload: bytes, addresses: bytes) -> bytes:
    if len(addresses) == 32:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + addresses + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, 0x4000, 64, protocol, 0)
    return head + addresses + payload


def ethernet(packet: bytes) -> bytes:
    return bytes(12) + (b"\x86\xdd" if packet[0] >> 4 == 6 else b"\x08\x00") + packet


def pcap(
    packets: Iterable[bytes], *, link: int = 101, snap: int = 262144, step_us: int = 1000
) -> bytes:
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link)]
    for number, packet in enumerate(packets):
        time = 1_700_000_000_000_000 + number * step_us
        cut = packet[:snap]
        out.append(struct.pack("<IIII", time // 10**6, time % 10**6, len(cut), len(packet)) + cut)
    return b"".join(out)


class Talk:
    """A connection: `packets` grows as the application server and the proxy speak."""

    def __init__(
        self,
        port: int = 5080,
        *,
        client: int = 40000,
        isn: int = 1000,
        peer_isn: int = 77000,
        packets: list[bytes] | None = None,
        syn: bool = True,
        v6: bool = False,
    ) -> None:
        self.packets = [] if packets is None else packets
        self.port, self.client = port, client
        one, two = (bytes(15) + b"\1", bytes(15) + b"\2") if v6 else (AS, PROXY)
        self.there, self.back = one + two, two + one
        self.seq, self.peer_seq = isn, peer_isn
        if syn:
            self.from_as(b"", SYN)
            self.from_proxy(b"", SYN | ACK)
            self.from_as(b"", ACK)

    def from_as(self, data: bytes, flags: int = PUSH_ACK) -> bytes:
        packet = tcp(
            self.client, self.port, self.seq, self.peer_seq, flags, data, addresses=self.there
        )
        self.seq += len(data) + bool(flags & (SYN | FIN))
        self.packets.append(packet)
        return packet

    def from_proxy(self, data: bytes, flags: int = PUSH_ACK) -> bytes:
        packet = tcp(
            self.port, self.client, self.peer_seq, self.seq, flags, data, addresses=self.back
        )
        self.peer_seq += len(data) + bool(flags & (SYN | FIN))
        self.packets.append(packet)
        return packet


def read(data: bytes, **options: object) -> CaptureReader:
    return read_capture(BytesIO(data), **options)  # type: ignore[arg-type]


def frames(data: bytes, limits: Limits | None = None) -> list[CapturedFrame]:
    return [r for r in read(data, limits=limits) if isinstance(r, CapturedFrame)]


def contents(data: bytes) -> list[bytes]:
    return [frame.data for frame in frames(data)]
