"""A direction cut into pieces: all of the bytes, in order, and nothing held for long."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from seastool.seas.codec import encode_frame
from seastool.seas.frames import Bind, JainPong, Ping, Reply
from seastool.seas.framing import UnitKind
from seastool.seas.handshake import ListeningSocket, Name, SocketInfo
from seastool.seas.plausible import MAX_FRAME
from seastool.seas.tap import Cutter, Piece
from seastool.seas.tap.cutter import HOLD_SECONDS
from seastool.seas.types import Direction, Socket

NAME = Name(name=b"app_server_1").encode()
PONG = encode_frame(JainPong(processor_id=1, sequence=7))
REPLY = encode_frame(
    Reply(processor_id=1, hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n")
)
PING = encode_frame(Ping(sequence=7))
SOCKET = ListeningSocket(protocol=1, name=b"127.0.0.1", address=b"127.0.0.1", port=5060)
INFO = SocketInfo(sockets=[SOCKET]).encode()
FRAME = UnitKind.FRAME


def actions() -> Cutter:
    return Cutter(Socket.ACTION, Direction.TO_OPENSER)


def joined(pieces: list[Piece]) -> bytes:
    return b"".join(piece.data for piece in pieces)


def test_units_of_both_directions() -> None:
    assert actions().receive_data(NAME + PONG + REPLY, 0) == [
        Piece(UnitKind.NAME, NAME),
        Piece(FRAME, PONG),
        Piece(FRAME, REPLY),
    ]
    events = Cutter(Socket.EVENT, Direction.TO_AS)
    assert events.receive_data(INFO + PING, 0) == [
        Piece(UnitKind.SOCKET_INFO, INFO),
        Piece(FRAME, PING),
    ]


def test_a_frame_in_pieces_waits_for_its_end() -> None:
    cutter = actions()
    assert cutter.receive_data(NAME + REPLY[:20], 0) == [Piece(UnitKind.NAME, NAME)]
    assert cutter.held == 20
    assert cutter.receive_data(REPLY[20:] + PONG, 0) == [Piece(FRAME, REPLY), Piece(FRAME, PONG)]
    assert cutter.held == 0
    assert cutter.get_timer() is None


def test_what_waits_too_long_passes_alone_and_so_does_its_end() -> None:
    cutter = actions()
    cutter.receive_data(NAME + REPLY[:20], 5)
    assert cutter.get_timer() == 5 + HOLD_SECONDS
    assert cutter.handle_timer(5.5) == []
    assert cutter.handle_timer(5 + HOLD_SECONDS) == [Piece(None, REPLY[:20])]
    assert cutter.get_timer() is None
    assert cutter.receive_data(REPLY[20:30], 7) == [Piece(None, REPLY[20:30])]
    assert cutter.receive_data(REPLY[30:] + PONG, 8) == [
        Piece(None, REPLY[30:]),
        Piece(FRAME, PONG),
    ]


def test_each_unit_has_its_own_time_to_wait() -> None:
    cutter = actions()
    cutter.receive_data(NAME + REPLY[:20], 5)
    cutter.receive_data(REPLY[20:] + PONG[:3], 5.9)
    assert cutter.get_timer() == 5.9 + HOLD_SECONDS
    cutter.receive_data(PONG[3:6], 6.5)
    assert cutter.get_timer() == 5.9 + HOLD_SECONDS


def test_the_end_gives_what_is_held() -> None:
    cutter = actions()
    cutter.receive_data(NAME + REPLY[:20], 0)
    assert cutter.close() == [Piece(None, REPLY[:20])]
    assert cutter.close() == []


def test_garbage_passes_at_once_and_frames_behind_it_are_found() -> None:
    cutter = actions()
    garbage = b"\xff\xfe\xfd GET / HTTP/1.1\r\n\r\n"
    pieces = cutter.receive_data(NAME + garbage, 0)
    assert pieces == [Piece(UnitKind.NAME, NAME), Piece(None, garbage)]
    pieces = cutter.receive_data(REPLY + PONG, 0)
    assert joined(pieces) == REPLY + PONG
    assert pieces[-1] == Piece(FRAME, PONG)
    assert cutter.held == 0


def test_a_length_that_lies_loses_no_byte() -> None:
    cutter = actions()
    lying = (0).to_bytes(4, "big") + PONG[4:]
    pieces = cutter.receive_data(NAME + lying + REPLY + PONG, 0) + cutter.close()
    assert joined(pieces) == NAME + lying + REPLY + PONG
    assert Piece(FRAME, PONG) in pieces


STREAMS = st.lists(
    st.one_of(st.sampled_from([PONG, REPLY, PONG[:7], b"\0\0\0\x09"]), st.binary(max_size=40)),
    max_size=12,
).map(b"".join)
CUTS = st.lists(st.integers(0, 500), max_size=20)
WAYS = st.sampled_from([(socket, way) for socket in Socket for way in Direction])


@given(STREAMS, CUTS, WAYS, st.booleans())
def test_pieces_are_the_stream(
    stream: bytes, cuts: list[int], way: tuple[Socket, Direction], slow: bool
) -> None:
    """However it comes, with or without the timer."""
    cutter = Cutter(*way)
    bounds = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces: list[Piece] = []
    now = 0.0
    for start, end in itertools.pairwise(bounds):
        now += HOLD_SECONDS if slow else 0.0
        pieces += cutter.handle_timer(now)
        pieces += cutter.receive_data(stream[start:end], now)
        assert joined(pieces) == stream[: end - cutter.held]
        assert cutter.held <= MAX_FRAME
    pieces += cutter.close()
    assert joined(pieces) == stream


@given(st.lists(st.sampled_from([PONG, REPLY]), min_size=1, max_size=8), CUTS)
def test_sound_streams_are_cut_into_their_frames(frames: list[bytes], cuts: list[int]) -> None:
    stream = NAME + b"".join(frames)
    cutter = actions()
    bounds = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces: list[Piece] = []
    for start, end in itertools.pairwise(bounds):
        pieces += cutter.receive_data(stream[start:end], 0)
    assert pieces == [Piece(UnitKind.NAME, NAME), *(Piece(FRAME, one) for one in frames)]


def test_a_bind_of_either_layout() -> None:
    for layout in ("", "A"):
        bind = Bind(processor_id=1, address=b"\x7f\0\0\1", protocol=1, port=5060).encode(layout)
        cutter = Cutter(Socket.EVENT, Direction.TO_OPENSER)
        assert cutter.receive_data(NAME + bind, 0)[1:] == [Piece(FRAME, bind)]
