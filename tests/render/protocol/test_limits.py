"""Limits and times of the page are those of the declarations."""

from seastool.render.protocol.limits import limits, long_headers, times
from seastool.seas.connection.action_reader import MAX_ACTION
from seastool.seas.dialects import lookup
from seastool.seas.openser.behaviour import MAX_BINDS
from seastool.seas.openser.settings import Settings

LIMITS = "".join(limits())
TIMES = "".join(times())


def test_sizes_by_server():
    assert "<br>14 bytes: OpenSIPS from 2.3 |" in LIMITS
    assert lookup("opensips-2.3").max_name == 14
    assert "<br>32000 bytes: OpenSIPS from 1.4.5 |" in LIMITS
    assert lookup("opensips-1.4.5").max_event == 32000


def test_sizes_of_all():
    assert f"| an action | {MAX_ACTION} bytes |" in LIMITS
    assert f"| bindings of an application server | {MAX_BINDS} |" in LIMITS
    assert "| 1023 bytes | one that does not fit is left out" in LIMITS


def test_every_row_has_its_cells():
    for table, columns in ((LIMITS, 3), (TIMES, 4)):
        rows = [row for row in table.splitlines() if row]
        assert {row.count(" | ") for row in rows[2:]} == {columns - 1}


def test_times_are_the_settings():
    proxy = Settings()
    assert f"from 3.1 | {proxy.wait_timer:g} s | tm `wt_timer` |" in TIMES
    assert f"else the final one | {proxy.fr_timer:g} s | tm `fr_timer` |" in TIMES
    assert f"that rings | {proxy.fr_inv_timer:g} s | tm `fr_inv_timer` |" in TIMES


def test_long_headers_are_of_three_kinds():
    lines = "".join(long_headers()).split("\n- ")
    assert len(lines) == 3
    assert lines[0].startswith("- OpenSER 1.2.0-dev15 to before 1.2.0: a message")
    assert "Kamailio from 3.1: a header over 256 bytes" in lines[1]
    assert "OpenSER from 1.2.0" in lines[2]
