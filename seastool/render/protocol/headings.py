"""The page by its headings: their anchors, one section alone, and references to sections.

A reference is `protocol: Replies, Times`, section by section, with RFCs behind it as they are:
`protocol: Replies, RFC 3261 17.2.1`.
"""

from __future__ import annotations

import re
from typing import Final

from seastool.errors import SeasError

PAGE: Final = "protocol.md"
_MARK: Final = "protocol: "
_HEADING: Final = re.compile(r"^(#+) +(.*?) *$", re.MULTILINE)
_BLOCK: Final = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_PUNCTUATION: Final = re.compile(r"[^\w\- ]")


class UnknownSection(SeasError):
    """The page has no section of that name."""


def headings(page: str) -> list[str]:
    """All headings of a page in Markdown, in order, without their marks."""
    return [match[2] for match in _HEADING.finditer(_BLOCK.sub("", page))]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading that is there once: `ACK and CANCEL` -> `ack-and-cancel`."""
    return _PUNCTUATION.sub("", heading.lower()).replace(" ", "-")


def sections(reference: str) -> list[str]:
    """The sections of the page that a reference names; none if it is to RFCs only."""
    if not reference.startswith(_MARK):
        return []
    named = reference.removeprefix(_MARK).split(", ")
    return [name for name in named if not name.startswith("RFC ")]


def linked(reference: str) -> str:
    """A reference in Markdown, its sections as links to the page."""
    named = sections(reference)
    parts = reference.removeprefix(_MARK).split(", ")
    return ", ".join(
        f"[{part}]({PAGE}#{anchor(part)})" if part in named else part for part in parts
    )


def section_of(page: str, name: str) -> str:
    """One section with those below it. name: its heading, in any case, or its anchor.

    Raises: UnknownSection, naming those of the second level.
    """
    blanked = _BLOCK.sub(lambda block: " " * len(block[0]), page)
    found = list(_HEADING.finditer(blanked))
    wanted = anchor(name.strip())
    for i, match in enumerate(found):
        if anchor(match[2]) == wanted:
            behind = (m.start() for m in found[i + 1 :] if len(m[1]) <= len(match[1]))
            return page[match.start() : next(behind, len(page))].rstrip("\n") + "\n"
    known = ", ".join(match[2] for match in found if len(match[1]) == 2)
    raise UnknownSection(f"the protocol page has no section {name[:60]!r}; it has {known}")
