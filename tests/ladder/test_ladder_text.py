"""Ladders as text: what stands where, and nothing wider than the terminal."""

import pytest
from hostile import ladders
from hypothesis import given, settings
from hypothesis import strategies as st
from ladder_traffic import SESSION, Trace, answered, real, request

from seastool.ladder.text import ladder_text
from seastool.ladder.words import cells, fitted, span_text, wrapped
from seastool.render.paint import Paint


def drawn(ladder, **options) -> str:
    return "".join(ladder_text(ladder, **options))


CALL = """\
call-1  sip:alice@example.com -> sip:bob@example.com  INVITE 200 OK  0.005000 s  6 messages
                                     alice                            proxy                                     as_01
packet     time passed on  answered  10.0.0.1:5060                    10.0.0.2:5060                             10.0.0.9
     1 0.000000                      ├── INVITE sip:bob@example.com ─►│                                         │
     2 0.001000  1.000 ms            │                                ╞══ T_REQ_IN INVITE sip:bob@example.com ═►│  7:4711
     3 0.002000            1.000 ms  │                                │◄═ REPLY_FIN 180 Ringing ════════════════╡  7:4711
     4 0.003000  1.000 ms  3.000 ms  │◄─ 180 Ringing ─────────────────┤                                         │
     5 0.004000            3.000 ms  │                                │◄═ REPLY_FIN 200 OK ═════════════════════╡  7:4711
     6 0.005000  1.000 ms  5.000 ms  │◄─ 200 OK ──────────────────────┤                                         │
"""  # noqa: E501


def test_a_call() -> None:
    assert drawn(answered().ladder()) == CALL


def test_lifelines_stand_below_each_other() -> None:
    for call in drawn(real(SESSION)).split("\n\n"):
        rows = [line for line in call.splitlines()[3:] if line[:6].strip().isdigit()]
        places = {tuple(i for i, c in enumerate(row) if c in "│├┤╞╡┼╪") for row in rows}
        assert len(places) == 1, call
        heading = call.splitlines()[2]
        assert all(heading[place] != " " for place in places.pop())


def test_nothing_is_cut_where_there_is_no_terminal() -> None:
    trace = Trace()
    uri = f"sip:{'u' * 200}@example.com"
    trace.sip(request(uri=uri))
    assert f"INVITE {uri} " in drawn(trace.ladder())
    assert f"INVITE {uri} " not in drawn(trace.ladder(), width=120)


def test_a_monstrous_label_does_not_make_monstrous_lines() -> None:
    trace = Trace()
    trace.sip(request(uri=f"sip:{'u' * 50_000}@{'é' * 5000}"))
    assert max(map(len, drawn(trace.ladder()).splitlines())) < 2500


def test_retransmissions_are_dotted_and_told() -> None:
    text = drawn(real(SESSION, "u4-"))
    again = next(line for line in text.splitlines() if line.startswith("   100 "))
    assert "◄╌ MESSAGE sip:x@127.0.0.1:5990 ╌" in again
    assert "     ▲ sent again: first in packet 98, 0.452478 s before\n" in text


def test_ascii_is_ascii() -> None:
    trace = answered()
    trace.sip(request(uri="sip:漢@example.com", cseq=2))
    text = drawn(trace.ladder(), ascii=True)
    assert text.isascii()
    assert "|-- INVITE sip:\\u6f22@example.com -" in text
    assert "|== T_REQ_IN INVITE sip:bob@example.com =" in text


def test_pings_are_shown_if_asked_for() -> None:
    trace = answered()
    trace.ping(3)
    assert "PING" not in drawn(trace.ladder())
    text = drawn(trace.ladder(), others=True)
    assert text.startswith("no call  1 frame or message  0.000000 s\n")
    assert "╞══ PING sequence 3 ═" in text
    assert "\n\ncall-1  " in text


def test_colours_change_no_character() -> None:
    import re

    ladder = real(SESSION)
    painted = drawn(ladder, paint=Paint(True), width=100)
    assert re.sub("\x1b\\[[0-9;]*m", "", painted) == drawn(ladder, width=100)
    assert "\x1b[32m" in painted


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132, 200])
def test_real_calls_fit_the_terminal(width) -> None:
    lines = drawn(real(SESSION), width=width, others=True).splitlines()
    assert max(map(cells, lines)) <= width
    if width >= 80:
        assert any("INVITE" in line and "►│" in line for line in lines)
    if width >= 120:
        assert any("40263:199472189" in line for line in lines)


@settings(max_examples=60, deadline=None)
@given(ladders, st.sampled_from([0, 10, 50, 80, 120]), st.booleans())
def test_hostile_texts_stay_in_their_line(ladder, width, ascii) -> None:
    text = drawn(ladder, width=width, ascii=ascii, others=True)
    lines = text.split("\n")
    assert all(line.isprintable() for line in lines)
    assert sum(line[:6].strip().isdigit() for line in lines) >= 6 or 0 < width < 60
    if width:
        marks = [line for line in lines if line.startswith("     ▲") or line[:7].isspace()]
        assert all(cells(line) <= max(width, 27) for line in lines if line not in marks)
        assert all(cells(line) <= max(width, 27) for line in marks)


def test_words() -> None:
    assert (cells("abc"), cells("漢字"), cells("e\u0301")) == (3, 4, 1)
    assert fitted("abcdef", 5) == "abc.."
    assert fitted("漢字漢字", 5) == "漢.."
    assert fitted("abc", 3) == "abc"
    assert fitted("abcdef", 2) == "ab"
    assert wrapped("one two three", 7) == ["one two", "three"]
    assert wrapped("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]
    assert wrapped("", 5) == [""]
    assert [span_text(n) for n in (None, 0, 1_094_000, 58_627_000, 301_198_000, 2_003_117_000)] == [
        "",
        "0.000 ms",
        "1.094 ms",
        "58.63 ms",
        "301 ms",
        "2.003 s",
    ]
