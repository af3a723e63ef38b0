"""The registry of causes: stable ids, all of them used, and the page that lists them."""

import re
from collections import Counter

import pytest
from diagnosing import ROOT

from seastool.interop.doctor.all_causes import ALL_CAUSES
from seastool.interop.doctor.cause import Cause, registry
from seastool.interop.doctor.examination import CAUSES
from seastool.interop.doctor.live import LIVE_CAUSES
from seastool.interop.doctor.message_causes import MESSAGE_CAUSES
from seastool.interop.doctor.trace_causes import TRACE_CAUSES
from seastool.interop.finding import Severity
from seastool.render.protocol.headings import headings, linked, sections
from seastool.seas.openser.rules import RULES

PAGE = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
SOURCES = "".join(
    path.read_text(encoding="utf-8")
    for path in sorted((ROOT / "seastool" / "interop" / "doctor").glob("*.py"))
    if not path.name.endswith("_causes.py")
)


def row(cause: Cause) -> str:
    """A cause as the page has it."""
    cells = (cause.title, cause.evidence, cause.cure, linked(cause.reference))
    told = " | ".join(cell.replace("|", "\\|") for cell in cells)
    return f"| `{cause.id}` | {cause.severity} | {told} |"


def test_the_page_lists_every_cause():
    rows = [row(cause) for cause in ALL_CAUSES.values() if cause.id not in RULES]
    listed = re.findall(r"^\| `[a-z0-9-]+` \| (?:info|warning|error) \|.*$", PAGE, re.MULTILINE)
    assert listed == rows


def test_the_page_names_every_mistake():
    part = PAGE.partition("### Mistakes")[2]
    named = re.findall(r"`([a-z-]+)`", part.partition("## JSON")[0])
    assert set(RULES) <= set(named)


def test_there_are_enough_causes_and_each_once():
    assert len(CAUSES) >= 25
    ids = Counter(cause.id for cause in (*TRACE_CAUSES, *LIVE_CAUSES))
    assert max(ids.values()) == 1
    assert set(ALL_CAUSES) == set(ids) | {cause.id for cause in MESSAGE_CAUSES}


def test_each_says_all_there_is_to_say():
    for cause in ALL_CAUSES.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cause.id)
        assert all(cause)
        assert re.match(r"protocol: [A-Z]|RFC \d{4} ", cause.reference)
        assert not cause.title.endswith(".")


def test_references_are_to_sections_of_the_protocol_page():
    there = set(headings((ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")))
    causes = ALL_CAUSES.values()
    wrong = {
        cause.id: cause.reference for cause in causes if set(sections(cause.reference)) - there
    }
    assert wrong == {}


def test_every_cause_is_used_by_a_rule():
    quoted = set(re.findall(r'"([a-z0-9]+(?:-[a-z0-9]+)*)"', SOURCES))
    own = {id for id in ALL_CAUSES if id not in RULES}
    assert own - quoted == set()


def test_message_causes_that_lose_a_request_are_among_those_of_captures():
    for cause in MESSAGE_CAUSES:
        if cause.severity is Severity.ERROR and "-reported" not in cause.id:
            assert CAUSES[cause.id] is cause


def test_an_id_is_there_once():
    cause = next(iter(CAUSES.values()))
    with pytest.raises(ValueError, match=cause.id):
        registry([cause], [cause])
