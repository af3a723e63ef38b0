"""Actions cut out of a stream: sound ones at once, and the same as one by one."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from seastool.seas.codec import encode_frame
from seastool.seas.connection.action_reader import ActionReader, ReadFault
from seastool.seas.frames import Bind, JainPong, Reply, Unbind
from seastool.seas.types import Socket

ACTIONS = [
    encode_frame(frame)
    for frame in (
        Bind(processor_id=1, address=b"\x7f\0\0\1", protocol=1, port=5060),
        Unbind(processor_id=1),
        JainPong(sequence=5),
        Reply(hash_index=1, label=2, text=b"SIP/2.0 200 OK\r\n\r\n"),
        Reply(hash_index=1, label=2, text=b"x" * 3982),
        Reply(hash_index=1, label=2, text=b"x" * 3983),
    )
]
ODD = [b"\0\0\0\0", b"\0\0\0\x08\1\1\1\1", b"\0\1\0\0\2", b"\0\0\0", b"\xff\xff\xff\xff\2", b""]
FAULTS = st.frozensets(st.sampled_from(ReadFault), max_size=2)


class OneByOne(ActionReader):
    """One that keeps all it gets and then looks."""

    def _cut_sound(self, data: bytes) -> bytes:
        return data


@settings(max_examples=800, deadline=None)
@given(
    st.lists(st.sampled_from(ACTIONS + ODD), max_size=6),
    st.lists(st.integers(1, 5000), max_size=6),
    st.sampled_from(Socket),
    st.one_of(st.just(frozenset()), FAULTS),
)
def test_however_it_comes(
    actions: list[bytes], sizes: list[int], socket: Socket, faults: frozenset[ReadFault]
) -> None:
    stream = b"".join(actions)
    reader, plain = ActionReader(socket, faults), OneByOne(socket, faults)
    for size in [*sizes, len(stream)]:
        piece, stream = stream[:size], stream[size:]
        for one in (reader, plain):
            one.receive_data(piece)
        told = [list(iter(one.next_event, None)) for one in (reader, plain)]
        assert told[0] == told[1]
        assert (reader.stuck, reader.buffered) == (plain.stuck, plain.buffered)
