"""Captures for the tests of the command line: the real ones, and small ones made here."""

import struct
from pathlib import Path

ROOT = Path(__file__).parents[2]
SESSION = ROOT / "captures" / "kamailio-5.6.3-session.pcap"
SIPP = ROOT / "captures" / "kamailio-5.6.3-sipp-uac.pcap"
OPENSER = ROOT / "captures" / "openser-1.3.0-session.pcap"
EXPECTED = Path(__file__).parent / "expected"

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)
CLIENT, SERVER = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2))


def packet(payload: bytes, seconds: int = 1) -> bytes:
    """One record of a raw-IP capture."""
    return struct.pack("<IIII", seconds, 0, len(payload), len(payload)) + payload


def udp(data: bytes, port: int = 5060) -> bytes:
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0, CLIENT, SERVER)
    return packet(head + struct.pack(">HHHH", port, port, 8 + len(data), 0) + data)


def tcp(data: bytes, sequence: int, *, to_server: bool = True, flags: int = 0x18) -> bytes:
    ends = (CLIENT, SERVER, 40000, 5080) if to_server else (SERVER, CLIENT, 5080, 40000)
    source, destination, source_port, destination_port = ends
    size = 40 + len(data)
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, size, 0, 0, 64, 6, 0, source, destination)
    ports = struct.pack(
        ">HHIIBBHHH", source_port, destination_port, sequence, 1, 0x50, flags, 9, 0, 0
    )
    return packet(ip + ports + data)


def event_socket(*frames: bytes, name: bytes = b"wesip") -> bytes:
    """A capture of an event socket: the name from the client, frames from the server."""
    parts = [HEADER, tcp(b"", 0, flags=2), tcp(b"", 0, to_server=False, flags=0x12)]
    parts.append(tcp(bytes([len(name)]) + name, 1))
    sequence = 1
    info = bytes.fromhex("1001") + b"\x01\x09127.0.0.1\x09127.0.0.1\x13\xc4"
    for frame in (info, *frames):
        parts.append(tcp(frame, sequence, to_server=False))
        sequence += len(frame)
    return b"".join(parts)


def ping(number: int) -> bytes:
    return bytes.fromhex("0000000e 05 ff 00000000") + struct.pack(">I", number)


def request(sip: bytes) -> bytes:
    """A real T_REQ_IN for a SIP text."""
    from seastool.seas.builder import build_event
    from seastool.seas.dialects import lookup
    from seastool.seas.types import EventType

    return build_event(
        sip, lookup("kamailio-5.6.3"), type=EventType.T_REQ_IN, hash_index=5, label=6
    )


def sip_request(uri: bytes = b"sip:bob@example.com", call_id: bytes = b"call-1") -> bytes:
    return (
        b"MESSAGE " + uri + b" SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1\r\n"
        b"From: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\nCall-ID: " + call_id + b"\r\n"
        b"CSeq: 1 MESSAGE\r\n\r\n"
    )
