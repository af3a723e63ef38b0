"""The small parts of the views: escapes, times, start lines, hex, the text map."""

import pytest
from frames_to_render import captured_frames
from hypothesis import given
from hypothesis import strategies as st

from seastool.render.bytemap import bytemap_lines
from seastool.render.meaning import bit_names, code_name
from seastool.render.paint import Paint, status_style
from seastool.render.printable import printable, shown
from seastool.render.sip_text import StartLine, call_id, cseq, start_line
from seastool.render.text_map import text_map_lines
from seastool.render.times import Clock, TimeStyle, iso_time, seconds_text
from seastool.render.tree import leaves, unit_tree
from seastool.render.tree_text import tree_lines
from seastool.seas.codec import frame_order, frame_struct
from seastool.seas.dialects import lookup
from seastool.seas.handshake import Name
from seastool.seas.types import Direction

PLAIN = Paint(False)
KAMAILIO = lookup("kamailio-5.6.3")


@given(st.text())
def test_printable_text_is_printable(text):
    assert printable(text).isprintable()


@given(st.binary())
def test_any_bytes_can_be_shown(data):
    assert shown(data).isprintable()


def test_what_prints_stays():
    assert printable("grüße [bold] \\") == "grüße [bold] \\"
    assert shown(b"a\x00\x1b\xff\r\n") == "a\\x00\\x1b\\xff\\r\\n"


def test_times():
    clock = Clock(TimeStyle.RELATIVE)
    clock.start(1_000_000_000)
    assert clock.text(3_000_001_000) == "2.000001"
    assert clock.text(3_000_001_001) == "2.000001001"
    delta = Clock(TimeStyle.DELTA)
    delta.start(0)
    assert [delta.text(5_000), delta.text(3_000)] == ["0.000005", "-0.000002"]
    absolute = Clock(TimeStyle.ABSOLUTE)
    absolute.start(0)
    assert absolute.text(1_700_000_000_123_456_000) == "2023-11-14T22:13:20.123456Z"
    assert iso_time(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"
    assert seconds_text(0) == "0.000000"


def test_a_time_that_no_calendar_has_is_shown_too():
    assert iso_time(1 << 63).endswith("Z")
    assert iso_time(10**24).endswith("Z")


def test_nanosecond_captures_get_wider_times():
    clock = Clock(TimeStyle.RELATIVE)
    clock.start(1_000_000_001)
    assert clock.width == 15


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"INVITE sip:a SIP/2.0\r\n", ("INVITE", 0, "sip:a")),
        (b"SIP/2.0 404 Not Found\n", ("", 404, "Not Found")),
        (b"SIP/2.0 4044 x\r\n", ("", 0, "SIP/2.0 4044 x")),
        (b"rubbish", ("", 0, "rubbish")),
        (b"", ("", 0, "")),
    ],
)
def test_start_line(text, line):
    assert start_line(text) == StartLine(*line)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        (b"A\r\nCall-ID: 1@x\r\n\r\n", "1@x"),
        (b"A\r\nCALL-id \t:  1@x \r\n\r\n", "1@x"),
        (b"A\r\ni:1\r\n\r\n", "1"),
        (b"A\r\n\r\nCall-ID: in the body\r\n\r\n", ""),
        (b"A\r\ni: 1\r\n\r\nx\r\nCall-ID: in the body\r\n", "1"),
        (b"A\r\nX-Call-ID: 1\r\n\r\n", ""),
    ],
)
def test_call_id(text, identifier):
    assert call_id(text) == identifier


def test_cseq():
    assert cseq(b"A\r\nCSeq:  7  BYE\r\n\r\n") == (7, "BYE")
    assert cseq(b"A\r\n\r\n") == (None, "")


def test_codes_are_named_by_the_dialect():
    assert code_name("method", 6, KAMAILIO) == "REGISTER"
    assert code_name("method", 6, lookup("openser-1.3.0")) == "OPTIONS"
    assert code_name("method", 200, KAMAILIO) is None
    assert bit_names({"a": 1, "b": 2}, 7) == ["a", "b", "0x4"]


@pytest.mark.parametrize(
    ("status", "style"),
    [
        (180, "provisional"),
        (200, "success"),
        (302, "redirect"),
        (404, "failure"),
        (699, "failure"),
        (7, "failure"),
    ],
)
def test_status_styles(status, style):
    assert status_style(status) == style


def trees():
    for data, socket, direction, dialect in captured_frames()[:60]:
        struct = frame_struct(data[4], socket, direction)
        yield unit_tree(data, struct, frame_order(dialect.layout), dialect, direction)


def test_the_byte_map_shows_every_byte_once():
    for tree in trees():
        shown_bytes = b""
        lines = list(bytemap_lines(tree, PLAIN))
        for row in lines:
            if row[:4].strip() and row[4:6] == "  " and "SIP text" not in row:
                offset, digits = int(row[:4], 16), row[6:29]
                if tree.text[0] <= offset < tree.text[1]:
                    continue
                shown_bytes += bytes.fromhex(digits)
        start, end = tree.text
        assert shown_bytes == tree.data[:start] + tree.data[end:]


def test_the_text_map_marks_what_fields_point_at():
    tree = next(tree for tree in trees() if tree.data[4] == 2)
    lines = list(text_map_lines(tree, PLAIN))
    assert lines[0].endswith("OPTIONS sip:bob@example.com SIP/2.0\\r\\n")
    assert lines[1] == "      ^^^^^^^  method"
    assert lines[2] == "              ^^^^^^^^^^^^^^^^^^^  uri, request_uri.uri"
    assert lines[3] == "                  ^^^  request_uri.user"


def test_every_field_has_a_line_in_the_tree():
    for tree in trees():
        text = "\n".join(tree_lines(tree, PLAIN))
        for path, _ in leaves(tree.root):
            if not path.startswith("index"):
                assert path.rpartition(".")[2] in text


def test_escapes_in_names_reach_no_terminal():
    tree = unit_tree(b"\x05\x1b[31m", Name, "", KAMAILIO, Direction.TO_OPENSER)
    for lines in (tree_lines, bytemap_lines):
        assert "\x1b" not in "\n".join(lines(tree, PLAIN))
