"""Real frames with the owner of each byte, as ``seastool decode --hexdump`` shows them.

The bytes are kept in real_frames.jsonl, so that the reference can be made where the captures are
not; a test holds them equal to the captures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from seastool.render.bytemap import bytemap_lines
from seastool.render.paint import Paint
from seastool.render.tree import UnitTree, unit_tree
from seastool.seas.codec import TYPE_OFFSET, frame_order, frame_struct
from seastool.seas.dialects import lookup
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Direction, Socket

KAMAILIO: Final = "kamailio-5.6.3-session.pcap"
OPENSER: Final = "openser-1.3.0-session.pcap"
SERVERS: Final = {KAMAILIO: "kamailio-5.6.3", OPENSER: "openser-1.3.0"}
_HANDSHAKE: Final = {UnitKind.NAME: Name, UnitKind.SOCKET_INFO: SocketInfo}


@dataclass(frozen=True, slots=True)
class RealFrame:
    """A unit of a capture of the repository."""

    capture: str
    packet: int
    socket: Socket
    direction: Direction
    kind: UnitKind
    data: bytes

    def tree(self) -> UnitTree:
        """Its fields, decoded as the server that is known to have sent it."""
        dialect = lookup(SERVERS[self.capture])
        struct = _HANDSHAKE.get(self.kind)
        if struct is None:
            struct = frame_struct(self.data[TYPE_OFFSET], self.socket, self.direction)
        order = "" if self.direction is Direction.TO_AS else frame_order(dialect.layout)
        return unit_tree(self.data, struct, order, dialect, self.direction)


def real_frames() -> Iterator[RealFrame]:
    """All that are kept."""
    kept = files(__package__).joinpath("real_frames.jsonl").read_text(encoding="utf-8")
    for line in kept.splitlines():
        told = json.loads(line)
        yield RealFrame(
            told["capture"],
            told["packet"],
            Socket(told["socket"]),
            Direction(told["direction"]),
            UnitKind(told["kind"]),
            bytes.fromhex(told["hex"]),
        )


def annotated(capture: str, packet: int, *, message: bool = True) -> Iterator[str]:
    """A block with the byte map of a frame; without `message` up to the encoded message."""
    frame = next(f for f in real_frames() if (f.capture, f.packet) == (capture, packet))
    yield f"Packet {packet} of [{capture}](../captures/{capture}), {len(frame.data)} bytes:\n\n"
    yield "```text\n"
    tree = frame.tree()
    stop = next((n.start for n in tree.root.children if n.name == "message"), len(frame.data))
    for line in bytemap_lines(tree, Paint(False)):
        if not message and _offset(line) >= stop:
            yield f"{stop:04x}  ... the encoded message, {len(frame.data) - stop} bytes\n"
            break
        yield f"{line}\n"
    yield "```\n\n"


def _offset(line: str) -> int:
    digits = line[:4]
    return int(digits, 16) if digits.strip() else -1
