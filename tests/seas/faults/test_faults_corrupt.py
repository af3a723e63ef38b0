"""Corrupted fields: the one of the path, wherever the frame has it, and no other byte."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from faulty_writes import (
    ALL,
    DIALECTS,
    EVENT,
    KAMAILIO,
    SIDES,
    TO_AS,
    TO_OPENSER,
    decoded,
    event,
    frame,
    frames,
    injector,
    once,
    put,
)
from hypothesis import given
from hypothesis import strategies as st

from seastool.render.tree import leaves, unit_tree
from seastool.seas.codec import frame_order, frame_struct
from seastool.seas.dialects import lookup
from seastool.seas.faults import FaultError, parse_fault
from seastool.seas.faults.field_path import field_path
from seastool.seas.faults.field_place import find_field
from seastool.seas.message import Message
from seastool.seas.types import EventType, Layout

GOLDEN = sorted((Path(__file__).parents[2] / "golden").glob("*/*.jsonl.gz"))


def changed(fault, write, layout=Layout.B):
    (step,) = once(fault, write, layout)
    return step.data


def message_of(write, data, layout=Layout.B):
    return Message(decoded(write, data, layout).payload, DIALECTS[layout])


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("T_REQ_IN", "hash_index", 0xFFFFFFFF),
        ("T_REQ_IN", "source_port", 0),
        ("RES_IN", "status", 999),
        ("RES_IN", "uac_id", 1),
        ("PING", "sequence", 0),
        ("PING", "processor_id", 3),
        ("AC_RES_FAIL", "uac_id", 9),
        ("BIND", "port", 1),
        ("BIND", "family", 200),
        ("UNBIND", "processor_id", 0),
        ("REPLY_FIN", "flags", 0x80000000),
        ("UAC_REQ", "processor_id", 77),
        ("AC_CANCEL", "label", 4294967295),
        ("JAIN_PONG", "sequence", 1),
    ],
)
@pytest.mark.parametrize("layout", Layout)
def test_fields_of_frames(name, path, value, layout):
    write = frame(name, layout)
    data = changed(f"corrupt={path}:{value}", write, layout)
    assert len(data) == len(write.data)
    after, before = decoded(write, data, layout), decoded(write, write.data, layout)
    assert getattr(after, path) == value
    setattr(after, path, getattr(before, path))
    assert after == before


def test_fields_of_a_cancel():
    write = event(
        b"CANCEL"
        + frame("T_REQ_IN").data.partition(b"INVITE")[2].replace(b"2 INVITE", b"2 CANCEL"),
        EventType.T_REQ_IN,
        cancelled=(1, 2),
    )
    assert decoded(write, changed("corrupt=cancelled_label:9", write)).cancelled_label == 9


@pytest.mark.parametrize("layout", Layout)
def test_fields_of_messages(layout):
    write = frame("T_REQ_IN", layout)

    def read(path, value):
        return message_of(write, changed(f"corrupt={path}:{value}", write, layout), layout)

    assert read("request_uri.flags1", 0xFF).payload[15 + 2] == 0xFF
    assert read("code", 3).code == 3
    assert read("body_start", 1).info.body_start == 1
    assert read("info.text.length", 20).text_span.length == 20
    assert read("header_count", 1).header_count == 1
    assert read("index[1].start", 77).payload != message_of(write, write.data, layout).payload
    assert read("index[0].type", 9).types[0] == 9
    assert read("FROM.tag.start", 9).find("FROM").body.tag.start == 9
    assert read("FROM.body.uri.end", 7).find("FROM").body.uri.end == 7
    assert read("headers[1].body.uri.end", 7).header_at(1).body.uri.end == 7
    assert read("headers[1].uri.end", 7).header_at(1).body.uri.end == 7
    assert read("FROM[1].uri.end", 7).header_at(1).body.uri.end == 7
    assert read("VIA.vias[0].host", 3).find("VIA").body.vias[0].host == 3
    assert read("CONTACT.contacts[0].q.length", 1).find("CONTACT").body.contacts[0].q.length == 1
    assert read("CSEQ.number", 4294967295).find("CSEQ").body.number == 4294967295
    assert read("headers[0].name_length", 200).header_at(0).prefix.name_length == 200
    assert read("VIA.vias[0].parameter_list[0].value", 2).find("VIA") is not None


def test_names_of_headers_are_where_decode_shows_them():
    write = frame("T_REQ_IN")
    assert changed("corrupt=FROM[0].uri.end:7", write) == write.data
    assert changed("corrupt=ROUTE.routes[0].flags:7", write) == write.data


@pytest.mark.parametrize("side", SIDES)
def test_text_is_replaced_and_the_length_stays_true(side):
    write = frame("T_REQ_IN" if side is TO_AS else "REPLY_FIN")
    data = changed('corrupt=text:"gone * @"', write)
    assert data.endswith(b"gone * @")
    assert int.from_bytes(data[:4], "big") == len(data) < len(write.data)
    assert data[4 : -len("gone * @")] == write.data[4 : len(data) - len("gone * @")]


def test_counted_bytes_keep_a_right_count():
    fail, bind = frame("AC_RES_FAIL"), frame("BIND")
    assert decoded(fail, changed("corrupt=reason:no", fail)).reason == b"no"
    assert decoded(bind, changed(r'corrupt=address:"\x7f\x00\x00\x02\x03"', bind)).address == (
        b"\x7f\0\0\2\3"
    )
    other = decoded(bind, changed("corrupt=address", bind)).address
    assert len(other) == 4
    assert other != b"\x7f\0\0\1"
    too_long = "x" * 256
    assert changed(f"corrupt=reason:{too_long}", fail) == fail.data


def test_whole_structures():
    write = frame("T_REQ_IN")
    for path in ("headers[1]", "request_uri", "index", "index[2]", "FROM.body.uri", "message"):
        data = changed(f"corrupt={path}", write)
        assert data != write.data
        assert len(data) == len(write.data)


def test_a_span_is_one_number_of_its_width():
    write = frame("T_REQ_IN")
    tag = message_of(write, changed("corrupt=FROM.tag:0x0102", write)).find("FROM").body.tag
    assert tag == (1, 2)


@pytest.mark.parametrize(("write", "layout"), ALL)
def test_random_values_differ_and_repeat_with_the_seed(write, layout):
    for path in ("flags", "text", "hash_index", "FROM.uri.end", "type"):
        runs = []
        for _ in range(2):
            made = injector(f"corrupt={path}", side=write.side, seed=5, dialect=DIALECTS[layout])
            runs.append([put(made, write)[0].data for _ in range(3)])
        assert runs[0] == runs[1]
        node = find_field(write.data, path.split("."), write.socket, write.side, DIALECTS[layout])
        for data in runs[0]:
            assert (data == write.data) == (node is None)
            if node is not None:
                assert data[: node.start] == write.data[: node.start]
                assert data[node.end :] == write.data[node.end :]


def test_a_frame_without_the_field_is_left_alone_and_that_is_told():
    made = injector("corrupt=cancelled_label", "corrupt=FROM.uri.end:3", side=TO_AS)
    (ping,) = put(made, frame("PING"))
    assert (ping.data, ping.note) == (frame("PING").data, "")
    (request,) = put(made, frame("T_REQ_IN"))
    assert request.note == "fault: corrupted FROM.uri.end 33 -> 3 of T_REQ_IN"
    assert made.report() == [
        "corrupt=cancelled_label: never applied, 2 writes looked at",
        "corrupt=FROM.uri.end:3: applied once, 2 writes looked at",
    ]


def test_what_the_field_has_already_is_no_fault():
    made = injector("corrupt=sequence:5", side=TO_AS)
    assert put(made, frame("PING"))[0].note == ""
    assert made.counts[parse_fault("corrupt=sequence:5")] == 0


def fields_found(data, socket, side, dialect):
    """Find each field that decode shows by its path; returns how many there were."""
    struct = frame_struct(data[4], socket, side)
    tree = unit_tree(data, struct, frame_order(dialect.layout), dialect, side)
    names = [(name, node) for p, node in leaves(tree.root) for name in {p, tree.label(p)}]
    for name, node in names:
        steps = field_path(name).steps
        if name == "text" and side is TO_AS and node.value != data[node.start : node.end]:
            steps = ("info", "text")  # by itself it is the SIP text
        found = find_field(data, steps, socket, side, dialect)
        assert found is not None, name
        assert (found.start, found.end) == (node.start, node.end), name
    return len(names)


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("side", SIDES)
def test_every_field_that_decode_shows_has_a_path(side, layout):
    writes = frames(side, layout)
    dialect = DIALECTS[layout]
    assert sum(fields_found(w.data, w.socket, side, dialect) for w in writes) > 40


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_field_of_real_frames_has_a_path(path):
    with gzip.open(path, "rt") as lines:
        records = [json.loads(line) for line in list(lines)[::150]]
    events = [base64.b64decode(record["frame"]) for record in records if record.get("frame")]
    assert events
    for data in events:
        fields_found(data, EVENT, TO_AS, lookup(path.parent.name))


@given(st.integers(0, 4), st.data())
def test_mutated_events_never_raise(number, data):
    write = frames(TO_AS)[number]
    raw = bytearray(write.data)
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(4, len(raw) - 1))] = data.draw(st.integers(0, 255))
    paths = ("headers[3].body.uri.end", "VIA.vias[0].host", "text", "index[9].start", "request_uri")
    for path in paths:
        made = injector(f"corrupt={path}", side=TO_AS)
        (step,) = made.write(0.0, write.socket, write.kind, bytes(raw))
        assert len(step.data) == len(raw)


@given(st.binary(max_size=120), st.sampled_from(SIDES))
def test_any_bytes_never_raise(data, side):
    for path in ("flags", "text", "headers[0].name_length", "index", "FROM.uri.end", "message"):
        assert find_field(data, path.split("."), EVENT, side, KAMAILIO) is None or data


@given(st.text(alphabet="abcdefghtuirxs_[]0123.FROMVIA", max_size=30))
def test_any_path_is_one_or_is_refused(text):
    try:
        path = field_path(text)
    except FaultError:
        return
    find_field(frame("T_REQ_IN").data, path.steps, EVENT, TO_AS, KAMAILIO)
    find_field(frame("BIND").data, path.steps, EVENT, TO_OPENSER, KAMAILIO)
