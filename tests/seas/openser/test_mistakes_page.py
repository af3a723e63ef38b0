"""The page of mistakes and quirks is what the registries say."""

import re
from pathlib import Path

from seastool.seas.connection.rules import CONNECTION_RULES
from seastool.seas.openser.faults import FAULTS
from seastool.seas.openser.rules import RULES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "mistakes.md").read_text(encoding="utf-8")
CONNECTION = ROOT / "seastool" / "seas" / "connection"
OF_THE_SHELL = {"ping-lost"}
_TOLD = re.compile(
    r'(?:Wrong|Fault|_ignore|_close_half)\(\s*(?:connection,\s*)?"([a-z]+(?:-[a-z]+)*)"'
)


def table(title: str) -> str:
    """The rows of the first table under a heading."""
    lines = PAGE.partition(f"# {title}\n")[2].splitlines()
    return "\n".join(line for line in lines[: lines.index(next_heading(lines))] if is_row(line))


def next_heading(lines: list[str]) -> str:
    return next((line for line in lines if line.startswith("#")), lines[-1])


def is_row(line: str) -> bool:
    return line.startswith("| `")


def test_mistakes_in_actions() -> None:
    rows = [f"| `{r.id}` | {r.severity} | {r.description} | {r.cure} |" for r in RULES.values()]
    assert table("In actions") == "\n".join(rows)


def test_mistakes_on_the_connection() -> None:
    rows = [f"| `{id}` | {what} |" for id, what in CONNECTION_RULES.items()]
    assert table("On the connection") == "\n".join(rows)


def test_quirks() -> None:
    rows = [
        f"| `{fault.value}` | {'yes' if info.ends else ''} | {info.doc} |"
        for fault, info in FAULTS.items()
    ]
    quirks = PAGE.partition("## Quirks\n")[2].splitlines()
    assert [line for line in quirks if is_row(line)] == rows


def test_every_rule_of_the_connection_is_told_and_every_told_one_is_known() -> None:
    source = "".join(
        (CONNECTION / name).read_text(encoding="utf-8")
        for name in ("openser.py", "pings.py", "action_reader.py")
    )
    assert set(_TOLD.findall(source)) | OF_THE_SHELL == set(CONNECTION_RULES)


def test_the_two_kinds_of_rules_share_one_name() -> None:
    assert set(RULES) & set(CONNECTION_RULES) == {"unknown-action"}
