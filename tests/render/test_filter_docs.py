"""docs/filter.md: its examples compile, its error is the real one, its table is the fields."""

import re
from pathlib import Path

import pytest

from seastool.render.filters import FilterError, compile_filter
from seastool.render.filters.frame_fields import FRAME_FIELDS
from seastool.render.filters.pattern import bounded_search

DOCUMENT = (Path(__file__).parents[2] / "docs" / "filter.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```filter\n(.*?)```", DOCUMENT, re.DOTALL)[0].splitlines()


@pytest.mark.parametrize("expression", EXAMPLES)
def test_examples_compile(expression: str) -> None:
    assert compile_filter(expression, FRAME_FIELDS)(lambda name: None) in (True, False)


def test_the_error_shown_is_the_real_one() -> None:
    message, expression, caret = re.findall(r"```text\n(.*?)\n```", DOCUMENT, re.DOTALL)[0].split(
        "\n"
    )
    with pytest.raises(FilterError) as caught:
        compile_filter(expression, FRAME_FIELDS)
    assert str(caught.value) == message
    assert caught.value.pointed() == f"{expression}\n{caret}"


def test_the_table_is_the_fields() -> None:
    rows = ["| field | kind | what |", "|---|---|---|"]
    for field in FRAME_FIELDS:
        words = ": " + ", ".join(f"`{word}`" for word in field.words) if field.words else ""
        numbered = f", and `{field.numbered}9` and so on" if field.numbered else ""
        rows.append(f"| `{field.name}` | {field.kind} | {field.description}{words}{numbered} |")
    table = "\n".join(rows)
    assert table in DOCUMENT, f"docs/filter.md should hold this table:\n{table}"


@pytest.mark.parametrize(("pattern", "searched"), [("a*b*c", 1000), ("a*b*c*d", 250)])
def test_how_much_is_searched(pattern: str, searched: int) -> None:
    text = "-" * (searched - 1) + pattern[-1]
    assert bounded_search(pattern)(text)
    assert not bounded_search(pattern)("-" * 100 + text)
