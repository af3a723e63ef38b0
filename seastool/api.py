"""What a script needs, in one place; `import seastool` offers it by name (see docs/api.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from seastool.capture.decoded import Decoded, decode_records
from seastool.capture.detections import DetectedProxy, Detections
from seastool.capture.losses import Cause, Loss
from seastool.capture.reader import CaptureReader
from seastool.capture.reader import read_capture as read_records
from seastool.errors import DecodeError
from seastool.seas import codec
from seastool.seas.builder import Receive, build_event
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import Frame
from seastool.seas.message import Message
from seastool.seas.types import Direction, EventType, Socket

CURRENT = "kamailio"


class Capture:
    """A capture, decoded while it is read: iterate over it once for its frames, SIP messages
    and gaps, in order.

    losses: what could not be decoded, by cause; complete when the iteration is.
    proxies: the proxies met so far, each with its dialect and the reasons for it.
    """

    def __init__(self, reader: CaptureReader, dialect: Dialect | None) -> None:
        self._reader = reader
        self._detections = Detections()
        self._decoded = decode_records(reader, dialect, detections=self._detections)

    def __iter__(self) -> Iterator[Decoded]:
        return self._decoded

    @property
    def losses(self) -> dict[Cause, Loss]:
        """What was not decoded, by cause: how often, how many bytes, the first packet."""
        return self._reader.losses

    @property
    def proxies(self) -> list[DetectedProxy]:
        """The proxies met, with address, dialect and reasons."""
        return self._detections.proxies


def read_capture(
    source: str | Path | IO[bytes],
    *,
    dialect: str | Dialect | None = None,
    ports: Iterable[int] = (),
) -> Capture:
    """Read a pcap or pcapng file, gzip too; "-" is standard input.

    dialect: that of every proxy in it, such as "openser-1.3.0"; None to tell it from the frames.
    ports: event ports that are SEAS whatever they carry (the action port is the next one).
    Raises: CaptureError, here or while iterating; UnknownDialect.
    """
    known = _dialect(dialect) if dialect is not None else None
    return Capture(read_records(source, ports=ports), known)


def decode(
    data: bytes,
    *,
    socket: Socket | str = Socket.EVENT,
    direction: Direction | str = Direction.TO_AS,
    dialect: str | Dialect = CURRENT,
) -> Frame:
    """The record of one whole frame; by default an event from the proxy.

    Raises: DecodeError, UnknownDialect.
    """
    layout = _dialect(dialect).layout
    return codec.decode_frame(data, Socket(socket), Direction(direction), layout)


def open_message(frame: Frame, *, dialect: str | Dialect = CURRENT) -> Message:
    """The encoded message of an event, opened.

    Raises: DecodeError if it has none or it does not open; UnknownDialect.
    """
    payload: bytes = getattr(frame, "payload", b"")
    if not payload:
        raise DecodeError(f"{type(frame).__name__} has no encoded message")
    return Message(payload, _dialect(dialect))


def encode(
    sip: bytes,
    *,
    dialect: str | Dialect = CURRENT,
    type: EventType = EventType.T_REQ_IN,
    receive: Receive | None = None,
    processor_id: int = 1,
    flags: int = 0,
    hash_index: int = 0,
    label: int = 0,
    cancelled: tuple[int, int] | None = None,
    uac_id: int = 0,
) -> bytes:
    """The event frame that the server makes of a SIP message, byte for byte.

    sip: the message as it is on the network. receive: where it came in; 127.0.0.1 over UDP
    unless given. cancelled: hash index and label of the INVITE that a CANCEL matched.
    Raises: EncodeError where that server refuses the message; UnknownDialect.
    """
    return build_event(
        sip,
        _dialect(dialect),
        type=type,
        receive=receive,
        processor_id=processor_id,
        flags=flags,
        hash_index=hash_index,
        label=label,
        cancelled=cancelled,
        uac_id=uac_id,
    )


def _dialect(dialect: str | Dialect) -> Dialect:
    return lookup(dialect) if isinstance(dialect, str) else dialect
