"""JSON: the compiled writers against the tree, and the tree against what is documented."""

import json

import pytest
from frames_to_render import GOLDEN, captured_frames, golden_dialect, golden_frames, mutations
from hypothesis import given
from hypothesis import strategies as st

from seastool.render.facts import Facts
from seastool.render.jsonl.parameters import write_parameters
from seastool.render.jsonl.records import When, place, side, sip_json
from seastool.render.jsonl.unit import tree_json, unit_json
from seastool.render.printable import text_of
from seastool.render.tree import unit_tree
from seastool.seas.codec import frame_order, frame_struct
from seastool.seas.dialect import Dialect
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

KAMAILIO = lookup("kamailio-5.6.3")


def both(
    data: bytes,
    dialect: Dialect = KAMAILIO,
    socket: Socket = Socket.EVENT,
    direction: Direction = Direction.TO_AS,
) -> tuple[str, str]:
    """The JSON of the compiled writer and that of the tree."""
    struct, order = frame_struct(data[4], socket, direction), frame_order(dialect.layout)
    fast = unit_json(data, struct, order, dialect, direction)
    return fast, tree_json(unit_tree(data, struct, order, dialect, direction))


def fields(data: bytes, dialect: Dialect = KAMAILIO) -> dict:
    return json.loads(f"{{{both(data, dialect)[0]}}}")["fields"]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: "/".join(path.parts[-2:]))
def test_compiled_equals_tree_on_golden_frames(path):
    dialect = golden_dialect(path)
    for frame in golden_frames(path):
        fast, slow = both(frame, dialect)
        assert fast == slow
        assert fast.isascii()
        told = json.loads(f"{{{fast}}}")
        assert "faults" not in told


def test_compiled_equals_tree_on_captured_frames():
    for data, socket, direction, dialect in captured_frames():
        fast, slow = both(data, dialect, socket, direction)
        assert fast == slow
        json.loads(f"{{{fast}}}")


def test_compiled_equals_tree_on_mutated_frames():
    for i, frame in enumerate(golden_frames(GOLDEN[2], every=300)):
        for changed in mutations(frame, seed=i, count=150):
            fast, slow = both(changed)
            assert fast == slow
            json.loads(f"{{{fast}}}")


@given(st.binary(min_size=5, max_size=80), st.sampled_from(Socket), st.sampled_from(Direction))
def test_compiled_equals_tree_on_any_bytes(data, socket, direction):
    fast, slow = both(data, KAMAILIO, socket, direction)
    assert fast == slow


def test_order_of_frames_does_not_matter():
    """What is kept of headers seen before is never told of others."""
    frames = golden_frames(GOLDEN[2], every=100)
    first = [both(frame)[0] for frame in frames]
    assert [both(frame)[0] for frame in reversed(frames)] == first[::-1]


def request() -> dict:
    return fields(next(data for data, *_ in captured_frames() if data[4] == 2))


def test_codes_have_number_and_name():
    told = request()
    assert told["type"] == {"number": 2, "name": "T_REQ_IN"}
    assert told["protocol"] == {"number": 1, "name": "UDP"}
    assert told["message"]["info"]["code"]["name"] == "OPTIONS"
    assert told["message"]["headers"][0]["type"] == {"number": 1, "name": "VIA"}


def test_spans_have_start_length_text():
    info = request()["message"]["info"]
    assert info["method"] == {"start": 0, "length": 7, "text": "OPTIONS"}
    assert info["request_uri"]["user"] == {"start": 4, "text": "bob"}


def test_every_header_with_its_text():
    message = request()["message"]
    joined = "".join(header["header"]["text"] for header in message["headers"])
    assert message["text"].partition("\r\n")[2] == joined + "\r\n"


def test_bytes_that_are_no_utf8_are_escaped():
    data = bytearray(next(data for data, *_ in captured_frames() if data[4] == 2))
    at = data.index(b"bob@", data.index(b"OPTIONS"))
    data[at] = 0xFF
    fast, slow = both(bytes(data))
    assert fast == slow
    told = json.loads(f"{{{fast}}}")["fields"]["message"]
    assert told["info"]["request_uri"]["user"]["text"] == "\\xffob"


def test_what_does_not_decode_is_hex_and_a_fault():
    fast, slow = both(bytes.fromhex("00000063 05 ff 00000000 00"))
    assert fast == slow
    told = json.loads(f"{{{fast}}}")
    assert told["fields"] == {"undecoded": "0000006305ff0000000000"}
    assert told["faults"][0]["message"].startswith("length")


@given(st.binary(max_size=9), st.integers(0, 40))
def test_parameter_lists_reach_as_far_as_they_read(pointers, origin):
    """`reach` decides whether a header's JSON may be kept: it must cover every text in it."""
    text = "".join(chr(ord("a") + i % 26) for i in range(600))
    _, reach = write_parameters(pointers, text, json.dumps, origin)
    cut = write_parameters(pointers, text[:reach], json.dumps, origin)
    assert cut == write_parameters(pointers, text, json.dumps, origin)


def test_heads_of_records():
    when = When()
    assert when(1_700_000_000_000_000_001) == (
        '"time":"2023-11-14T22:13:20.000000001Z","time_ns":1700000000000000001'
    )
    told = json.loads(f"{{{place(7, when(5), -1, 'a', 'b')},{side(None, None, None)}}}")
    assert told["connection"] is None
    assert told["time"] == "1970-01-01T00:00:00.000000005Z"
    assert sip_json(Facts()) == ""
    assert json.loads(f"{{{sip_json(Facts(status=404, subject='No'))[:-1]}}}") == {
        "sip": {"status": 404, "reason": "No", "call_id": ""}
    }


def test_text_of_keeps_what_is_text():
    assert text_of("ä\u202e".encode() + b"\xc3") == "ä\u202e\\xc3"


def test_what_is_kept_of_headers_is_bounded(monkeypatch):
    from seastool.render.jsonl import message
    from seastool.render.jsonl.codes import codes_of

    monkeypatch.setattr(message, "MAX_CACHED_SIZE", 5000)
    dialect = golden_dialect(GOLDEN[0])
    codes = codes_of(dialect)
    codes.body_cache.clear()
    codes.body_cache_size = 0
    for frame in golden_frames(GOLDEN[0], every=50):
        struct = frame_struct(frame[4], Socket.EVENT, Direction.TO_AS)
        unit_json(frame, struct, "", dialect, Direction.TO_AS)
        size = sum(map(len, codes.body_cache.values()))
        assert size == codes.body_cache_size
        assert size <= 5000 or len(codes.body_cache) == 1
