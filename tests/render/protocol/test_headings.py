"""Headings of the protocol page, what links and references make of them, and sections alone."""

import re
from pathlib import Path

import pytest

from seastool.render.protocol.headings import (
    UnknownSection,
    anchor,
    headings,
    linked,
    section_of,
    sections,
)

ROOT = Path(__file__).parents[3]
_NAMED = re.compile(r"docs/protocol\.md: ([A-Z][^).;:\n]+)")

PAGE = """# A page

## Limits

One.

```text
## not a heading
```

### Names

Two.

## ACK and CANCEL

Three.
"""


def test_headings_stand_outside_of_blocks():
    assert headings(PAGE) == ["A page", "Limits", "Names", "ACK and CANCEL"]


def test_those_of_the_page_are_there_once():
    path = ROOT / "docs" / "protocol.md"
    anchors = [anchor(heading) for heading in headings(path.read_text(encoding="utf-8"))]
    assert len(anchors) > 50
    assert len(set(anchors)) == len(anchors), "GitHub numbers anchors that are there twice"


@pytest.mark.parametrize("folder", ["seastool", "tests"])
def test_sections_that_docstrings_name_are_there(folder):
    there = set(headings((ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")))
    found = [
        (path.name, name)
        for path in sorted((ROOT / folder).rglob("*.py"))
        for named in _NAMED.findall(path.read_text(encoding="utf-8"))
        for name in named.split(", ")
    ]
    assert found
    assert [(path, name) for path, name in found if name not in there] == []


def test_no_heading_has_a_comma():
    path = ROOT / "docs" / "protocol.md"
    found = headings(path.read_text(encoding="utf-8"))
    assert [heading for heading in found if "," in heading] == []


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Limits", "limits"),
        ("ACK and CANCEL", "ack-and-cancel"),
        ("T_REQ_IN", "t_req_in"),
        ("What's a `u8`?", "whats-a-u8"),
    ],
)
def test_anchors(heading, expected):
    assert anchor(heading) == expected


@pytest.mark.parametrize(
    ("reference", "named", "in_markdown"),
    [
        ("protocol: Limits", ["Limits"], "[Limits](protocol.md#limits)"),
        (
            "protocol: Contacts, Contact",
            ["Contacts", "Contact"],
            "[Contacts](protocol.md#contacts), [Contact](protocol.md#contact)",
        ),
        (
            "protocol: Replies, RFC 3261 8.2.6.2",
            ["Replies"],
            "[Replies](protocol.md#replies), RFC 3261 8.2.6.2",
        ),
        ("RFC 3261 17.2.2", [], "RFC 3261 17.2.2"),
    ],
)
def test_references(reference, named, in_markdown):
    assert sections(reference) == named
    assert linked(reference) == in_markdown


def test_one_section_has_those_below_it():
    limits = "## Limits\n\nOne.\n\n```text\n## not a heading\n```\n\n### Names\n\nTwo.\n"
    assert section_of(PAGE, "Limits") == limits
    assert section_of(PAGE, "names") == "### Names\n\nTwo.\n"
    assert section_of(PAGE, "ack-and-cancel") == "## ACK and CANCEL\n\nThree.\n"


@pytest.mark.parametrize("name", ["Replies", "", "not a heading"])
def test_a_section_that_is_not_there(name):
    with pytest.raises(UnknownSection, match=f"{name!r}; it has Limits, ACK and CANCEL$"):
        section_of(PAGE, name)
