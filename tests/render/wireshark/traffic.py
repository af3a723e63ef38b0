"""Units wrapped into a capture, and what ``seastool decode --json`` says of one."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from expected_fields import Field, expected
from frames_to_render import golden_frames

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.pcapng_writer import PcapngWriter
from seastool.capture.reader import read_capture
from seastool.capture.records import Address, CapturedFrame
from seastool.cli.decoding.json_view import JsonView
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

V4 = Address(b"\x0a\0\0\1", 5080), Address(b"\x0a\0\0\2", 40000)
V6 = Address(b"\xfd" + bytes(14) + b"\1", 5080), Address(b"\xfd" + bytes(14) + b"\2", 40000)
NAME = b"\5as_01"
INFO = b"\x10\2" + b"\1\4name\x0810.0.0.1\x13\xc4" + b"\7\0\2::\x13\xc5"
Side = tuple[Socket, Direction]


class Capture:
    """A pcapng file with connections between an application server and a proxy."""

    def __init__(self, path: Path, *, port: int = 5080, v6: bool = False) -> None:
        self._file = path.open("wb")
        self._writer = PcapngWriter(self._file)
        self._port = port
        self._ends = V6 if v6 else V4
        self._now = 10**18
        self._count = 0

    def __enter__(self) -> Capture:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def connect(self, socket: Socket, *, named: bool = True, host: int = 1, port: int = 0) -> int:
        """A new connection; its number. host: the last byte of the proxy's address. port: its own,
        where it is not the usual one."""
        self._count += 1
        proxy, app_server = self._ends
        self._writer.opened(
            self._count,
            Address(
                proxy.packed[:-1] + bytes([host]), port or self._port + (socket is Socket.ACTION)
            ),
            Address(app_server.packed, 40000 + self._count % 20000),
            openser_is_local=True,
            socket=socket,
            time_ns=self._tick(),
        )
        if named:
            self.send(self._count, Direction.TO_OPENSER, NAME)
        return self._count

    def send(self, connection: int, direction: Direction, data: bytes) -> None:
        """One packet."""
        to_as = direction is Direction.TO_AS
        self._writer.data(connection, data, sent=to_as, time_ns=self._tick())

    def close(self, connection: int) -> None:
        """Both ends leave."""
        for sent in (True, False):
            self._writer.closed(connection, sent=sent, reset=False, time_ns=self._tick())

    def _tick(self) -> int:
        self._now += 1000
        return self._now


def write_frames(path: Path, frames: Iterable[tuple[bytes, Side]], **options: Any) -> None:
    """A packet each, on one connection for each socket."""
    with Capture(path, **options) as capture:
        connections: dict[Socket, int] = {}
        for data, (socket, direction) in frames:
            if socket not in connections:
                connections[socket] = capture.connect(socket)
            capture.send(connections[socket], direction, data)


def write_cut(path: Path, units: Iterable[tuple[bytes, Side]], seed: int, **options: Any) -> None:
    """The same units in packets of any size, several units or a part of one in each."""
    chance = random.Random(seed)
    with Capture(path, **options) as capture:
        connections = {s: capture.connect(s, named=False) for s in Socket}
        runs: list[tuple[Side, bytearray]] = []
        for data, side in units:
            if not runs or runs[-1][0] != side:
                runs.append((side, bytearray()))
            runs[-1][1].extend(data)
        for (socket, direction), run in runs:
            while run:
                size = chance.choice((1, 2, 3, 7, 40, 200, 4000))
                capture.send(connections[socket], direction, bytes(run[:size]))
                del run[:size]


@cache
def some_frames(golden: Path) -> list[bytes]:
    """Events of a real server: one in so many of a golden file."""
    return golden_frames(golden, every=50)


def captured(path: Path) -> list[tuple[bytes, Side]]:
    """The units of a capture, each with its side."""
    return [
        (record.data, (record.socket, record.direction))
        for record in read_capture(path)
        if isinstance(record, CapturedFrame) and record.socket and record.direction
    ]


def decoded(path: Path, dialect: str | None = None) -> list[Decoded]:
    """The units of a capture as `seastool decode` has them."""
    records = decode_records(read_capture(path, ports=[5080]), lookup(dialect) if dialect else None)
    return [one for one in records if isinstance(one.captured, CapturedFrame)]


def wanted(path: Path, dialect: str | None = None) -> dict[int, list[list[Field]]]:
    """The fields of each unit by packet number, from the lines of `seastool decode --json`."""
    view = JsonView()
    found: dict[int, list[list[Field]]] = {}
    for one in decoded(path, dialect):
        record = json.loads(view.show(one))
        found.setdefault(record["packet"], []).append(list(expected(record)))
    return found
