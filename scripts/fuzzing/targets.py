"""What is fuzzed: each target makes a case from chance and holds seastool to the rule.

A SeasError is a right answer where the function may give one; everything else that is raised is
a failure, and so is a record that does not encode to the bytes it was decoded from.
"""

import gzip
import io
import json
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from fuzzing import corpus, mutations
from fuzzing.corpus import EVENTS, Frame, Side
from seastool.capture.decoded import Decoded
from seastool.capture.reader import Address, CapturedFrame, UnitKind, read_capture
from seastool.cli.decoding.full_view import FullView
from seastool.cli.decoding.json_view import JsonView
from seastool.cli.decoding.list_view import ListView
from seastool.errors import SeasError
from seastool.interop.lint import lint
from seastool.render.listing import Listing
from seastool.render.paint import Paint
from seastool.render.times import Clock, TimeStyle
from seastool.seas.builder import build_message
from seastool.seas.codec import decode_frame, frame_order
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup, names
from seastool.seas.framing import NEED_DATA, SeasSplitter, Skipped
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.header import Header
from seastool.seas.message import Message
from seastool.seas.types import Direction

DIALECTS = [lookup(name) for name in names()]
SOME_ADDRESS = Address(bytes([127, 0, 0, 1]), 5080)
PART_PATHS = ("uri.host", "tag", "contacts[0].uri.user", "routes[1].uri.host", "vias[0].branch")
LINK_TYPES = (0, 1, 12, 101, 108, 113, 228, 229, 276, 147)


class Case(NamedTuple):
    """An input and what to do with it."""

    data: bytes
    check: Callable[[], None]


def attempt(action: Callable[[], object]) -> object:
    """What it gives; None where it is refused."""
    try:
        return action()
    except SeasError as error:
        if "\n" in str(error):
            raise AssertionError("an error has one line") from error
        return None


def _some_frame(chance: Random) -> Frame:
    frames, _ = corpus.golden()
    source = frames if chance.random() < 0.85 else corpus.captured()
    return chance.choice(source)


def _spoiled_frame(chance: Random) -> Frame:
    frame = _some_frame(chance)
    data, dialect, side = frame
    way = chance.random()
    if way < 0.2 and side == EVENTS:
        data = mutations.attack_index(chance, data, _payload_at(data))
    elif way < 0.3:
        data = mutations.splice(chance, data, _some_frame(chance).data)
    if way > 0.15:
        data = mutations.mutate(chance, data)
    if chance.random() < 0.8:
        data = mutations.mend_length(data)
    if chance.random() < 0.1:
        dialect = chance.choice(DIALECTS)
    if chance.random() < 0.05:
        side = chance.choice(corpus.captured()).side
    return Frame(data, dialect, side)


def _payload_at(event: bytes) -> int:
    """Where the encoded message starts, in an event between IPv4 addresses."""
    return 25 + {2: 8, 3: 0, 4: 16}.get(event[4] if len(event) > 4 else 0, 0)


def frame_case(chance: Random) -> Case:
    """Decode, encode again, trace; open the message and read all of it."""
    frame = _spoiled_frame(chance)
    return Case(frame.data, lambda: _check_frame(frame))


def _check_frame(frame: Frame) -> None:
    data, dialect, (socket, direction) = frame
    decoded = attempt(lambda: decode_frame(data, socket, direction, dialect.layout))
    if decoded is None:
        return
    order = frame_order(dialect.layout)
    assert decoded.encode(order) == data, "does not encode to the same bytes"  # type: ignore[attr-defined]
    assert type(decoded).trace(data, order=order).value == decoded  # type: ignore[attr-defined]
    payload = getattr(decoded, "payload", b"")
    if payload and direction is Direction.TO_AS:
        message = attempt(lambda: Message(payload, dialect))
        if isinstance(message, Message):
            _check_message(message)


def _check_message(message: Message) -> None:
    for name in ("info", "request_uri", "method", "uri", "call_id", "cseq"):
        attempt(lambda name=name: getattr(message, name))  # type: ignore[misc]
    for name in ("from_tag", "to_tag", "branch"):
        attempt(lambda name=name: getattr(message, name))  # type: ignore[misc]
    for name in ("VIA", "CONTACT", "NONESUCH"):
        attempt(lambda name=name: message.find(name))  # type: ignore[misc]
    assert message.text in message.payload
    assert message.body is not None
    assert message.start_line is not None
    for i in range(message.header_count):
        header = attempt(lambda i=i: message.header_at(i))  # type: ignore[misc]
        if isinstance(header, Header):
            _check_header(header)


def _check_header(header: Header) -> None:
    assert (header.name, header.value, header.type_name) is not None
    body = attempt(lambda: header.body)
    if body is None:
        return
    written = header.message.payload[header.body_start : header.end]
    assert body.encode() == written, "does not encode to the same bytes"  # type: ignore[attr-defined]
    trace = header.trace()
    assert trace is not None
    assert trace.value == body
    attempt(lambda: header.part(PART_PATHS[header.start % len(PART_PATHS)]))


def view_case(chance: Random) -> Case:
    """List, JSON, tree, byte map and lint of one unit: they never refuse."""
    frame = _spoiled_frame(chance)
    kind = UnitKind.FRAME
    if chance.random() < 0.05:
        kind = chance.choice((UnitKind.NAME, UnitKind.SOCKET_INFO))
        frame = frame._replace(data=_handshake(chance))
    socket, direction = frame.side
    record = CapturedFrame(
        *(1, 0, 0, SOME_ADDRESS, SOME_ADDRESS),
        *(socket, direction, kind, "app", frame.data, 0),
    )
    which = chance.randrange(4)
    return Case(frame.data, lambda: _check_views(Decoded(record, frame.dialect), which))


def _check_views(decoded: Decoded, which: int) -> None:
    if which == 0:
        json.loads(JsonView().show(decoded))
    elif which == 1:
        clock = Clock(TimeStyle.RELATIVE)
        view = FullView(clock, Paint(True), tree=True, bytemap=True)
        view.start(0)
        assert view.show(decoded)
    elif which == 2:
        clock = Clock(TimeStyle.RELATIVE)
        listed = ListView(clock, Listing(clock, Paint(False)), heading=False)
        listed.start(0)
        assert listed.show(decoded).count("\n") == 1
    else:
        lint(decoded)


def _handshake(chance: Random) -> bytes:
    return mutations.mutate(chance, chance.choice(corpus.streams()).data[:48])


def stream_case(chance: Random) -> Case:
    """One direction of a connection cut into frames, in pieces of any size, with gaps."""
    stream = chance.choice(corpus.streams())
    data = mutations.mutate(chance, stream.data)
    if chance.random() < 0.3:
        data = mutations.splice(chance, data, chance.choice(corpus.streams()).data)
    pieces = _pieces(chance, data)
    side, in_step = stream.side, chance.random() < 0.7
    gap = chance.randrange(len(pieces) + 1) if chance.random() < 0.3 else -1
    missing = chance.choice((1, 100, 5000, 1 << 31))
    return Case(data, lambda: _check_stream(side, pieces, in_step, gap, missing))


def _pieces(chance: Random, data: bytes) -> list[bytes]:
    size = chance.choice((7, 100, 536, 1460, 100_000))
    found = []
    at = 0
    while at < len(data):
        end = at + chance.randrange(1, size + 1)
        found.append(data[at:end])
        at = end
    return found


def _check_stream(side: Side, pieces: list[bytes], in_step: bool, gap: int, missing: int) -> None:
    splitter = SeasSplitter(*side, in_step=in_step)
    told = 0
    for i, piece in enumerate(pieces):
        if i == gap:
            splitter.gap(missing)
            told += _drain(splitter)
        splitter.receive_data(piece)
        told += _drain(splitter)
    splitter.close()
    told += _drain(splitter)
    assert told == sum(map(len, pieces)), "bytes that belong to nothing"
    for struct in (Name, SocketInfo):
        attempt(lambda struct=struct: struct.decode(b"".join(pieces)[:60]))  # type: ignore[misc]


def _drain(splitter: SeasSplitter) -> int:
    """Bytes in all that the splitter tells of."""
    told = 0
    while (event := splitter.next_event()) is not NEED_DATA:
        told += event.count if isinstance(event, Skipped) else len(event.data)
    return told


def text_case(chance: Random) -> Case:
    """SIP text to an encoded message: refused, or one that says what the text says."""
    _, texts = corpus.golden()
    data, dialect = chance.choice(texts)
    if chance.random() < 0.1:
        data = mutations.splice(chance, data, chance.choice(texts).data)
    ways = mutations.TEXTUAL if chance.random() < 0.8 else mutations.ANY
    data = mutations.mutate(chance, data, ways)
    if chance.random() < 0.1:
        dialect = chance.choice(DIALECTS)
    return Case(data, lambda: _check_text(data, dialect))


def _check_text(data: bytes, dialect: Dialect) -> None:
    payload = attempt(lambda: build_message(data, dialect))
    if isinstance(payload, bytes) and len(data) < 60_000:
        message = attempt(lambda: Message(payload, dialect))
        if isinstance(message, Message):
            _check_message(message)


def capture_case(chance: Random) -> Case:
    """A capture file, spoiled as a file, as packets, or as both."""
    packets = chance.choice(corpus.captures())
    size = chance.choice((5, 20, 20, len(packets)))
    start = chance.randrange(len(packets))
    packets = packets[start : start + size] if chance.random() < 0.5 else packets[:size]
    way = chance.random()
    if way < 0.6:
        packets = mutations.reorder(chance, packets)
    data = _file(chance, packets)
    if way > 0.5:
        data = mutations.mutate(chance, data)
    if chance.random() < 0.05:
        data = gzip.compress(data, 1)
        data = mutations.mutate(chance, data) if chance.random() < 0.7 else data
    ports = (5080,) if chance.random() < 0.2 else ()
    return Case(data, lambda: _check_capture(data, ports))


def _file(chance: Random, packets: list[bytes]) -> bytes:
    order = chance.choice("<>")
    if chance.random() < 0.5:
        return corpus.pcapng(packets, order)
    link = 1 if chance.random() < 0.9 else chance.choice(LINK_TYPES)
    return corpus.pcap(packets, order, chance.choice((0xA1B2C3D4, 0xA1B23C4D)), link)


def _check_capture(data: bytes, ports: tuple[int, ...]) -> None:
    attempt(lambda: _read_all(data, ports))


def _read_all(data: bytes, ports: tuple[int, ...]) -> None:
    reader = read_capture(io.BytesIO(data), ports=ports)
    for record in reader:
        assert record.packet <= reader.statistics.packets
        assert Decoded(record, DIALECTS[-1]).type_name


# Target, and its share of the cases in a hundred.
TARGETS: tuple[tuple[str, Callable[[Random], Case], int], ...] = (
    ("frame", frame_case, 56),
    ("text", text_case, 16),
    ("stream", stream_case, 14),
    ("view", view_case, 8),
    ("capture", capture_case, 6),
)
