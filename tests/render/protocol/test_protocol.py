"""The protocol reference: docs/protocol.md is what is written now, and its frames are real ones."""

import re
from pathlib import Path

import pytest

import seastool
from seastool.capture.records import CapturedFrame
from seastool.render.protocol import write_protocol
from seastool.render.protocol.dialects import all_dialects, numbers, overview, quirks
from seastool.render.protocol.headings import anchor, headings
from seastool.render.protocol.page import IN_HEADERS, PREFIXES
from seastool.render.protocol.real_frames import KAMAILIO, OPENSER, real_frames
from seastool.render.protocol.tables import section
from seastool.seas.dialect import Quirk
from seastool.seas.frames import FRAMES
from seastool.seas.header import BODIES
from seastool.seas.message import IndexEntry, MessageInfo

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


def test_the_committed_page_is_the_real_one():
    assert write_protocol() == PAGE, "seastool export protocol > docs/protocol.md mends it"


@pytest.mark.parametrize("capture", [KAMAILIO, OPENSER])
def test_the_frames_are_those_of_the_captures(capture):
    kept = {f.packet: f for f in real_frames() if f.capture == capture}
    assert kept
    for record in seastool.read_capture(ROOT / "captures" / capture):
        found = record.captured
        if isinstance(found, CapturedFrame) and (one := kept.pop(found.packet, None)):
            assert one.data == found.data
            assert (one.socket, one.direction, one.kind) == (
                found.socket,
                found.direction,
                found.kind,
            )
            assert one.tree().faults == []
    assert kept == {}


def test_every_structure_and_field_is_in_it():
    frames = [struct for side in FRAMES.values() for struct in side.values()]
    for struct in (*frames, *BODIES.values(), *IN_HEADERS, *PREFIXES, MessageInfo, IndexEntry):
        table = "".join(section(struct, "x")).partition("\n")[2]
        assert table in PAGE
        for field in struct.fields:
            assert f"| `{field.name}` |" in table


def test_links_within_the_page_lead_somewhere():
    text = re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)
    anchors = {anchor(heading) for heading in headings(PAGE)}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors


def test_nothing_is_left_to_be_filled_in():
    assert "{{" not in PAGE
    assert "none known" not in PAGE


def test_the_contents_have_every_part():
    contents = PAGE.partition("\n## ")[0]
    parts = re.findall(r"^## (.*)$", re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL), re.MULTILINE)
    assert [title for title in parts if f"[{title}](#{anchor(title)})" not in contents] == []


def test_a_field_that_depends_tells_on_what():
    from seastool.seas.address import Contacts
    from seastool.seas.frames import TReqIn, UacReq
    from seastool.seas.via import Via

    via = "".join(section(Via, "Via"))
    assert "| 0 | u8 | `flags` |  | 0x01 `params`, 0x02 `branch`," in via
    assert (
        "|  | u8 u8 | `branch` | `flags` has 0x02 `branch` | start and length, in header |" in via
    )
    assert "| `flags` without 0x01 `star` |" in "".join(section(Contacts, "x"))
    assert "| 11 | u8 n, n bytes | `source_address` |" in "".join(section(TReqIn, "x"))
    assert "In layout A: u32 `length`, u8 `type`, u32 `flags`, u32 `uac_id`, u8 `processor_id`" in (
        "".join(section(UacReq, "x"))
    )


def test_dialects_by_their_first_version():
    rows = [line.split(" | ") for line in "".join(overview()).splitlines()[2:] if line]
    assert all(len(row) == 10 for row in rows)
    assert [row[0] for row in rows][:4] == [
        "| OpenSER 1.2.0-dev15", "| OpenSER 1.2.0", "| OpenSER 1.3.0", "| OpenSIPS 1.4.0",
    ]  # fmt: skip
    named = {row[0].removeprefix("| ").lower().replace(" ", "-") for row in rows}
    assert named <= {dialect.name for dialect in all_dialects()}
    assert "| `OPTIONS` | 6 | 10 | 10 |" in "".join(numbers("methods", "method"))
    told = "".join(quirks())
    assert all(f"| `{quirk.name}` | {quirk.value} |" in told for quirk in Quirk)
    refused = "Kamailio 5.3.9 to before 5.4, 5.4.7 to before 5.5, from 5.5.3 |"
    assert refused in told
