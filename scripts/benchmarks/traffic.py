"""A two-way capture of any length: SEAS between a proxy and an application server.

Ethernet, IPv4, TCP; sockets 5080 and 5081 with their handshakes; calls of six frames; every
segment acknowledged by the other side; one frame in twenty split over two segments.

    PYTHONPATH=scripts python -m benchmarks.traffic FILE PACKETS
"""

import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from benchmarks.calls import call_forms
from seastool.seas.frames import Bind, JainPong, Ping
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
EVENT_PORT, ACTION_PORT = 5080, 5081
SPLIT_EVERY = 20
PING_EVERY = 500
START = 1_780_000_000_000_000  # microseconds
STEP = 61
SYN, FIN, PSH, ACK = 2, 1, 8, 16
FLUSH_AT = 1 << 20

_ETHERNET = bytes.fromhex("020000000001 020000000002 0800")
_record = struct.Struct("<IIII").pack
_ip_tcp = struct.Struct(">BBHHHBBH4s4sHHIIBBHHH").pack
PROXY, SERVER = bytes([10, 0, 0, 5]), bytes([10, 0, 0, 9])


class Writer:
    """Packets with the time running on."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.packets = 0
        self._time = START
        self._held = [PCAP_HEADER]
        self._size = 0

    def packet(self, data: bytes) -> None:
        self._time += STEP
        size = len(data)
        self._held.append(_record(*divmod(self._time, 1_000_000), size, size))
        self._held.append(data)
        self._size += size
        self.packets += 1
        if self._size > FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        self.file.write(b"".join(self._held))
        self._held.clear()
        self._size = 0


class Connection:
    """One TCP connection; side 0 is the proxy (the listener), side 1 the application server."""

    def __init__(self, writer: Writer, port: int, client_port: int) -> None:
        self._writer = writer
        self._ports = (port, client_port)
        self._sequence = [0x10000000 + port, 0x20000000 + port]
        self._identification = 0

    def _send(self, side: int, flags: int, data: bytes = b"") -> None:
        other = 1 - side
        self._identification = (self._identification + 1) & 0xFFFF
        head = _ip_tcp(
            *(0x45, 0, 40 + len(data), self._identification, 0x4000, 64, 6, 0),
            *((PROXY, SERVER) if side == 0 else (SERVER, PROXY)),
            *(self._ports[side], self._ports[other]),
            *(self._sequence[side], self._sequence[other] if flags & ACK else 0),
            *(0x50, flags, 64240, 0, 0),
        )
        self._writer.packet(_ETHERNET + head + data)
        self._sequence[side] = (self._sequence[side] + len(data)) & 0xFFFFFFFF

    def open(self) -> None:
        """SYN, SYN and ACK, ACK."""
        self._send(1, SYN)
        self._sequence[1] += 1
        self._send(0, SYN | ACK)
        self._sequence[0] += 1
        self._send(1, ACK)

    def say(self, side: int, data: bytes, *, split: bool = False) -> None:
        """Data in one segment or two, each acknowledged."""
        middle = len(data) // 3
        for part in (data[:middle], data[middle:]) if split else (data,):
            self._send(side, PSH | ACK, part)
            self._send(1 - side, ACK)


def _frames() -> Iterator[tuple[int, bytes]]:
    """(0 on the event socket, 1 on the action socket; frame), for ever."""
    forms = call_forms()
    call = 10_000_000
    sent = 0
    while True:
        call += 1
        for form in forms:
            yield (0 if form.is_event else 1), form.of_call(call)
            sent += 1
            if sent % PING_EVERY == 0:
                yield 0, Ping(sequence=sent // PING_EVERY).encode()
                yield 1, JainPong(processor_id=1, sequence=sent // PING_EVERY).encode()


def write_capture(path: Path, packets: int) -> int:
    """A capture of at least that many packets. Returns the number of frames, names included."""
    with path.open("wb") as file:
        writer = Writer(file)
        event, action = (
            Connection(writer, EVENT_PORT, 40001),
            Connection(writer, ACTION_PORT, 40002),
        )
        frames = _greet(event, action)
        for count, (which, frame) in enumerate(_frames(), 1):
            split = count % SPLIT_EVERY == 0
            (event if which == 0 else action).say(which, frame, split=split)
            frames += 1
            if writer.packets >= packets:
                break
        writer.flush()
    return frames


def _greet(event: Connection, action: Connection) -> int:
    """Names, socket info and a BIND: four units."""
    name = Name(name=b"app_server_1").encode()
    for connection in (event, action):
        connection.open()
        connection.say(1, name)
    listening = ListeningSocket(protocol=1, name=b"10.0.0.5", address=b"10.0.0.5", port=5060)
    event.say(0, SocketInfo(sockets=[listening]).encode())
    event.say(1, Bind(processor_id=1, address=PROXY, protocol=1, port=5060).encode())
    return 4


if __name__ == "__main__":
    print(write_capture(Path(sys.argv[1]), int(sys.argv[2])), "frames")
