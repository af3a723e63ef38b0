"""docs/faults.md: its table is the registry, its examples are faults, its errors the real ones."""

import doctest
import re
from pathlib import Path

import pytest
from faulty_writes import TO_AS, injector

from seastool.seas.faults import FAULTS, FaultError, FaultKind, parse_fault
from seastool.seas.faults.field_path import field_path
from seastool.seas.faults.frame_acts import MOST_LATE
from seastool.seas.faults.injector import LONGEST_BEHIND
from seastool.seas.faults.outgoing import MOST_GAPS, PIECE_GAP

PATH = Path(__file__).parents[3] / "docs" / "faults.md"
DOCUMENT = PATH.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```fault\n(.*?)```", DOCUMENT, re.DOTALL)[0].splitlines()


def row(kind: FaultKind) -> str:
    value = ""
    if kind.parameter is not None:
        default = "required" if kind.default is None else f"`{kind.parameter.format(kind.default)}`"
        value = f"`{kind.parameter.symbol}`, {default}"
    cells = (
        f"`{kind.name}`",
        value,
        kind.acts_on,
        kind.doc,
        kind.app_server or "cannot",
        kind.openser or "cannot",
        f"`{kind.example}`",
    )
    return f"| {' | '.join(cells)} |"


def test_the_table_is_the_registry() -> None:
    head = "| fault | value, default | acts on | does | at the application server | at the proxy |"
    rows = [f"{head} example |", "|---|---|---|---|---|---|---|", *map(row, FAULTS.values())]
    table = "\n".join(rows)
    assert f"\n{table}\n\n" in DOCUMENT, f"docs/faults.md should hold this table:\n{table}"


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_faults(text: str) -> None:
    assert str(parse_fault(text))


def test_the_errors_shown_are_the_real_ones() -> None:
    unknown, wrong_side = re.findall(r"```text\n(.*?)\n```", DOCUMENT, re.DOTALL)[0].split("\n")
    with pytest.raises(FaultError, match=re.escape(unknown)):
        parse_fault("delai=50ms")
    with pytest.raises(FaultError, match=re.escape(wrong_side)):
        injector("drop@REPLY_FIN", side=TO_AS)


def test_the_paths_shown_are_paths() -> None:
    section = DOCUMENT.partition("| path | what |")[2].partition("\n\n")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    paths = [path for cell in cells for path in re.findall(r"`([^`]+)`", cell)]
    assert len(paths) > 20
    for path in paths:
        assert str(field_path(path)) == path


def test_the_numbers_shown_are_those_of_the_code() -> None:
    assert f"after {LONGEST_BEHIND:g}s in any case" in DOCUMENT
    assert f"At most {MOST_LATE} are held back" in DOCUMENT
    assert f"{PIECE_GAP * 1000:g} ms apart" in DOCUMENT
    assert f"over more than {PIECE_GAP * MOST_GAPS * 1000:g} ms" in DOCUMENT


def test_the_python_on_the_page_runs() -> None:
    result = doctest.testfile(str(PATH), module_relative=False)
    assert result.attempted > 10
    assert not result.failed
