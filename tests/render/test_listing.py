"""The list: columns in place, what the wire says escaped, quick and thorough reading alike."""

from frames_to_render import GOLDEN, captured_frames, golden_dialect, golden_frames, mutations

from seastool.capture.decoded import Decoded
from seastool.capture.reader import Address, CapturedFrame, UnitKind
from seastool.cli.decoding.entry import facts_for, quick_facts
from seastool.render.facts import Facts
from seastool.render.listing import Listing, cut
from seastool.render.paint import Paint
from seastool.render.times import Clock, TimeStyle
from seastool.seas.dialects import lookup
from seastool.seas.types import Direction, Socket

NOWHERE = Address(bytes(4), 0)
EVENT = (Socket.EVENT, Direction.TO_AS)


def listing(width: int = 0, colours: bool = False) -> Listing:
    clock = Clock(TimeStyle.RELATIVE)
    clock.start(0)
    return Listing(clock, Paint(colours), width)


def line(facts: Facts, width: int = 0, colours: bool = False, kind: str = "T_REQ_IN") -> str:
    return listing(width, colours).line(7, 1_500_000_000, Direction.TO_AS, kind, 99, facts)


def decoded_of(data: bytes, socket: Socket, direction: Direction, dialect: str) -> Decoded:
    captured = CapturedFrame(
        1, 0, 0, NOWHERE, NOWHERE, socket, direction, UnitKind.FRAME, None, data, 0
    )
    return Decoded(captured, lookup(dialect))


def assert_quick_is_thorough(decoded: Decoded) -> bool:
    """Both readings make the same line, where the quick one reads at all."""
    captured = decoded.captured
    assert isinstance(captured, CapturedFrame)
    quick = quick_facts(captured, decoded)
    if quick is None:
        return False
    shown = listing()
    at = (1, 0, captured.direction, "X", 1)
    assert shown.quick_line(*at, quick) == shown.line(*at, facts_for(decoded))
    return True


def test_quick_reading_is_thorough_on_captures():
    read = 0
    for data, socket, direction, dialect in captured_frames():
        read += assert_quick_is_thorough(decoded_of(data, socket, direction, dialect.name))
    assert read > 150


def test_quick_reading_is_thorough_on_golden_frames():
    for path in GOLDEN:
        name = golden_dialect(path).name
        for frame in golden_frames(path, every=7):
            assert_quick_is_thorough(decoded_of(frame, *EVENT, name))


def test_quick_reading_is_thorough_on_changed_frames():
    for i, frame in enumerate(golden_frames(GOLDEN[2], every=500)):
        for changed in mutations(frame, seed=i, count=100):
            decoded = decoded_of(changed, *EVENT, "kamailio-5.6.3")
            if decoded.error is None and decoded.message is not None:
                assert_quick_is_thorough(decoded)


def test_columns():
    facts = Facts(5, 6, 77, "INVITE", 0, "sip:b@c", "call-1")
    assert line(facts) == (
        "     7     1.500000 -> as   T_REQ_IN       99              5:6   77"
        " INVITE sip:b@c                       call-1\n"
    )


def test_long_uac_ids_keep_their_column():
    for width in (0, 120, 200):
        assert_columns(listing(width))


def assert_columns(shown: Listing) -> None:
    for kind, facts in (
        ("UAC_REQ", Facts(None, None, 2**32 - 1, "INVITE", 0, "sip:b@c", "call-1")),
        ("RES_IN", Facts(65535, 2**32 - 1, 2**32 - 1, "", 200, "OK", "call-1")),
        ("T_REQ_IN", Facts(5, 6, None, "INVITE", 0, "sip:b@c", "call-1")),
    ):
        row = shown.line(7, 0, Direction.TO_AS, kind, 99, facts)
        assert shown.heading().index("call-id") == row.index("call-1")
        assert shown.heading().index("method or") == row.index("INVITE" if facts.method else "200")


def test_heading_stands_over_its_columns():
    heading = listing().heading()
    row = line(Facts(5, 6, 77, "INVITE", 0, "sip:b@c", "call-1"))
    assert heading.index("type") == row.index("T_REQ_IN")
    assert heading.index("method") == row.index("INVITE")
    assert heading.index("call-id") == row.index("call-1")
    assert heading.index("bytes") + 5 == row.index("99") + 2


def test_control_characters_and_markup_stay_text():
    facts = Facts(method="IN\x1b[31mVITE", subject="[/red]\r\n\u202esip:x", call_id="\x07[bold]")
    shown = line(facts)
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert shown.count("\n") == 1
    assert r"IN\x1b[31mVITE [/red]\r\n\u202esip:x" in shown
    assert r"\x07[bold]" in shown


def test_lines_are_cut_to_a_terminal_but_never_elsewhere():
    facts = Facts(1, 2, None, "INVITE", 0, "sip:" + "u" * 300, "c" * 300)
    for width in (20, 60, 80, 100, 160):
        assert len(line(facts, width)) <= width + 1
    assert "u" * 300 in line(facts)
    assert "c" * 300 in line(facts)


def test_colours_take_no_room():
    facts = Facts(1, 2, None, "INVITE", 0, "sip:b@c", "call-1")
    import re

    painted = line(facts, 100, colours=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == line(facts, 100)
    assert painted.count("\x1b[0m") >= 3


def test_a_call_keeps_its_colour():
    paint = Paint(True)
    assert paint.call("one", "id") == paint.call("two", "id").replace("two", "one")
    assert Paint(False).call("one", "id") == "one"


def test_cut():
    assert cut("abcdef", 6) == "abcdef"
    assert cut("abcdef", 5) == "abc.."
    assert cut("abcdef", 1) == "a"
    assert cut("abcdef", 0) == ""
