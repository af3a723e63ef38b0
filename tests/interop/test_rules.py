"""The rules as data, and the page that lists them."""

import re
from pathlib import Path

from seastool.interop.rules import RULES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "lint.md"


def test_the_page_lists_every_rule() -> None:
    rows = [f"| `{r.id}` | {r.severity} | {r.description} |" for r in RULES.values()]
    page = PAGE.read_text(encoding="utf-8")
    assert "\n".join(rows) in page
    assert page.partition("## Rules")[2].partition("## JSON")[0].count("\n| `") == len(rows)


def test_every_rule_is_used_and_every_used_one_is_known() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "seastool" / "interop").glob("*.py")
        if path.name != "rules.py"
    )
    quoted = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)+)"', source))
    single = {"undecodable"}
    assert set(RULES) - single <= quoted
    told = set(re.findall(r'\.add\(\s*"([a-z0-9-]+)"', source))
    assert told <= set(RULES)


def test_ids_are_stable_in_form() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", id) and id == r.id for id, r in RULES.items())
