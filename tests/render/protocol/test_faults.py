"""The tables of faults have each of them, who has it, and what helps."""

import pytest

from seastool.render.protocol import faults
from seastool.seas.openser.faults import FAULTS, Fault

TABLES = (faults.of_messages, faults.of_connections, faults.that_end)
ROWS = [
    row
    for table in TABLES
    for row in "".join(table()).splitlines()
    if row.startswith("| `")
]  # fmt: skip


def test_each_is_there_once():
    assert sorted(row.split("`")[1] for row in ROWS) == sorted(Fault)


@pytest.mark.parametrize("fault", Fault)
def test_what_it_does_who_has_it_and_what_helps(fault):
    (row,) = (row for row in ROWS if row.startswith(f"| `{fault}` |"))
    _, _, what, who, helps, _ = (cell.strip() for cell in row.split("|"))
    assert FAULTS[fault].doc.startswith(what)
    assert who == "all" or who.startswith(("OpenSER", "OpenSIPS", "Kamailio"))
    assert helps == faults.WAYS_ROUND[fault]


def test_a_cure_is_told_once():
    assert faults.effect(FAULTS[Fault.CONTENT_LENGTH_ZERO]).endswith("gets 500")


def test_what_ends_a_server_stands_apart():
    assert "`two-accepts-kill`" in "".join(faults.that_end())
    assert "`name-in-one-piece`" in "".join(faults.of_connections())
    assert "`final-replies-lost` | final" in "".join(faults.of_messages())
