"""The tree of a unit: whatever the bytes, its leaves cover every one of them exactly once."""

import pytest
from frames_to_render import GOLDEN, captured_frames, golden_dialect, golden_frames, mutations
from hypothesis import given
from hypothesis import strategies as st

from seastool.render.tree import UnitTree, leaves, unit_tree
from seastool.seas.codec import frame_order, frame_struct
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.frames import TReqIn
from seastool.seas.handshake import Name, SocketInfo
from seastool.seas.types import Direction, Socket

KAMAILIO = lookup("kamailio-5.6.3")


def tree_of(
    data: bytes, socket: Socket, direction: Direction, dialect: Dialect = KAMAILIO
) -> UnitTree:
    struct = frame_struct(data[4], socket, direction)
    return unit_tree(data, struct, frame_order(dialect.layout), dialect, direction)


def event_tree(data: bytes, dialect: Dialect = KAMAILIO) -> UnitTree:
    return tree_of(data, Socket.EVENT, Direction.TO_AS, dialect)


def assert_tiled(tree: UnitTree) -> None:
    at = 0
    for path, node in leaves(tree.root):
        assert node.start == at, f"{path} starts at {node.start}, not {at}"
        assert path
        at = node.end
    assert at == len(tree.data)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: "/".join(path.parts[-2:]))
def test_leaves_tile_golden_frames(path):
    dialect = golden_dialect(path)
    for frame in golden_frames(path, every=5):
        tree = event_tree(frame, dialect)
        assert_tiled(tree)
        assert tree.faults == []


def test_leaves_tile_captured_frames():
    for data, socket, direction, dialect in captured_frames():
        tree = tree_of(data, socket, direction, dialect)
        assert_tiled(tree)
        assert tree.faults == []


def test_leaves_tile_mutated_frames():
    for i, frame in enumerate(golden_frames(GOLDEN[2], every=400)):
        for changed in mutations(frame, seed=i, count=150):
            assert_tiled(event_tree(changed))


@given(st.binary(min_size=5, max_size=120), st.sampled_from(Socket), st.sampled_from(Direction))
def test_leaves_tile_any_bytes(data, socket, direction):
    tree = tree_of(data, socket, direction)
    assert_tiled(tree)


@given(st.binary(max_size=200))
def test_leaves_tile_any_message(payload):
    head = bytes.fromhex("02 01 00000000 01 00 00 0000 0000 00000001 00000002")
    data = (len(head) + 4 + len(payload)).to_bytes(4, "big") + head + payload
    tree = unit_tree(data, TReqIn, "", KAMAILIO, Direction.TO_AS)
    assert_tiled(tree)


def test_name_and_socket_info_are_trees_too():
    assert_tiled(unit_tree(b"\x04wesa", Name, "", KAMAILIO, Direction.TO_OPENSER))
    info = bytes.fromhex("1001010131013113c4")
    assert_tiled(unit_tree(info, SocketInfo, "", KAMAILIO, Direction.TO_AS))


def test_what_does_not_decode_is_one_field_with_a_fault():
    tree = event_tree(bytes.fromhex("00000063 05 ff 00000000 00"))
    assert [path for path, _ in leaves(tree.root)] == ["undecoded"]
    assert "length" in tree.faults[0].message


def real_request() -> bytearray:
    return bytearray(next(data for data, *_ in captured_frames() if data[4] == 2))


def header_bounds(frame: bytes) -> dict[str, tuple[int, int]]:
    tree = event_tree(bytes(frame))
    message = next(node for node in tree.root.children if node.name == "message")
    return {node.name: (node.start, node.end) for node in message.children}


def test_texts_are_offsets_in_the_unit():
    tree = event_tree(bytes(real_request()))
    texts = {path: tree.slice(node.text) for path, node in leaves(tree.root) if node.text}
    assert texts["method"] == b"OPTIONS"
    assert texts["request_uri.user"] == b"bob"
    assert texts["headers[0].vias[0].host"] == b"127.0.0.1"


def test_labels_name_header_types():
    tree = event_tree(bytes(real_request()))
    labels = [tree.label(path) for path, _ in leaves(tree.root)]
    assert "VIA[0].vias[0].host" in labels
    assert "index[0].type" in labels


def test_headers_on_top_of_each_other_are_told():
    frame = real_request()
    bounds = header_bounds(frame)
    index_start = bounds["index"][0]
    # The second header's structure starts where the first one does; the first is then empty.
    frame[index_start + 4 : index_start + 6] = frame[index_start + 1 : index_start + 3]
    tree = event_tree(bytes(frame))
    assert_tiled(tree)
    assert any("headers[0]" in fault.message for fault in tree.faults)


def test_text_over_the_structures_is_told():
    frame = real_request()
    message_start = header_bounds(frame)["info"][0]
    text = int.from_bytes(frame[message_start + 2 : message_start + 4], "big")
    frame[message_start + 2 : message_start + 4] = (text - 20).to_bytes(2, "big")
    tree = event_tree(bytes(frame))
    assert_tiled(tree)
    assert any("lies over text" in fault.message for fault in tree.faults)
    assert any(path.startswith("unclaimed") for path, _ in leaves(tree.root))


def test_a_header_that_does_not_decode_is_opaque():
    frame = real_request()
    via = header_bounds(frame)["headers[0]"]
    frame[via[0] + 6] = 9  # the count of Vias
    tree = event_tree(bytes(frame))
    assert_tiled(tree)
    paths = [path for path, _ in leaves(tree.root)]
    assert "headers[0].undecoded" in paths
    assert "headers[1].tag" in paths
    assert len(tree.faults) == 1
