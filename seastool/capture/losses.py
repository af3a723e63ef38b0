"""What a capture holds that was not decoded, and why: causes, counts, limits.

Check sums are not verified: a capture taken on the sending machine shows them before the
network card fills them in, so a wrong one says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Cause(Enum):
    """Why bytes or packets are not among the records. The value is a sentence for people."""

    CAPTURE_TRUNCATED = "the capture ends in the middle of a record"
    CAPTURE_DAMAGED = "the capture cannot be read on from there"
    UNKNOWN_LINK = "the link type is not one that is understood"
    NOT_IP = "the packet is not IP"
    TRUNCATED_PACKET = "the packet was captured too short for its headers"
    BAD_HEADER = "an IP, TCP or UDP header contradicts itself"
    OTHER_PROTOCOL = "the IP packet carries neither TCP nor UDP"
    FRAGMENT_INCOMPLETE = "other fragments of the IP packet never came"
    FRAGMENT_LIMIT = "too many IP fragments waited at once and the oldest were dropped"
    OTHER_UDP = "the datagram is not SIP"
    OTHER_TCP = "the connection carries neither SEAS nor SIP"
    SNAPLEN_CUT = "the capture kept only the first bytes of the packet"
    LOST = "TCP segments are missing from the capture"
    BUFFER_LIMIT = "missing TCP segments were waited for until the buffer was full"
    OVERLAP_DIFFERS = "a TCP segment repeats bytes with other content: the first copy counts"
    OUT_OF_WINDOW = "the TCP segment lies far outside its stream"
    RETRANSMISSION = "the TCP segment had been seen before"
    KEEP_ALIVE = "a TCP or SIP keep-alive"
    CONNECTION_EVICTED = "too many connections at once: the one idle longest was forgotten"
    HOLD_LIMIT = "too many bytes of a connection came before it was clear what it carries"
    OUT_OF_STEP = "no frame or message begins in the bytes"
    CUT_BY_GAP = "the bytes belong to a frame or message of which others are missing"
    INCOMPLETE_AT_END = "the frame or message is not finished when its stream ends"

    @property
    def harmless(self) -> bool:
        """Whether nothing is lost by it: repeated bytes and keep-alives."""
        return self in (Cause.RETRANSMISSION, Cause.KEEP_ALIVE)


@dataclass(slots=True)
class Loss:
    """How often a cause occurred, how many bytes it concerns, and in which packet first."""

    count: int = 0
    size: int = 0
    first_packet: int = 0


@dataclass(slots=True)
class Statistics:
    """Counts over what has been read so far."""

    packets: int = 0
    start_ns: int = 0
    """Time of the first packet, nanoseconds since 1970."""
    end_ns: int = 0
    """Time of the last packet, once all are read."""
    frames: int = 0
    sip_messages: int = 0
    gaps: int = 0
    connections: int = 0
    seas_connections: int = 0
    sip_connections: int = 0
    losses: dict[Cause, Loss] = field(default_factory=dict)
    link_types: dict[int, int] = field(default_factory=dict)
    """Packets by link type, of the link types that are not understood."""
    notes: list[str] = field(default_factory=list)
    """Sentences with a place in them, such as where the capture is cut."""

    def lose(self, cause: Cause, packet: int, size: int = 0, *, count: int = 1) -> None:
        """Count a loss of `size` bytes."""
        loss = self.losses.get(cause)
        if loss is None:
            loss = self.losses[cause] = Loss(first_packet=packet)
        loss.count += count
        loss.size += size

    def count(self, cause: Cause) -> int:
        """How often a cause occurred."""
        loss = self.losses.get(cause)
        return loss.count if loss else 0


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on memory. Hitting one is counted in the statistics. Sizes in bytes."""

    connections: int = 8192
    segment_bytes: int = 1 << 20
    """Out-of-order bytes that one direction may hold."""
    segments: int = 1024
    """Out-of-order segments that one direction may hold."""
    total_segment_bytes: int = 16 << 20
    """Out-of-order bytes over all connections."""
    slack: int = 8
    """Segments of a connection to wait for bytes that the peer has acknowledged."""
    slack_ns: int = 1_000_000_000
    """Time to wait for them at most, by the packets' clock."""
    held_bytes: int = 192 << 10
    """Bytes of a connection to hold until it is clear what it carries."""
    total_held_bytes: int = 8 << 20
    held_packets: int = 4096
    """Packets for which later records wait for those of a connection not yet identified."""
    held_ns: int = 2_000_000_000
    fragments: int = 256
    """IP packets in fragments at once."""
    fragment_bytes: int = 4 << 20
    fragment_ns: int = 30_000_000_000
