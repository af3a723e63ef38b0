"""What the registries hold, what selects from them, and the page that tells of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from check_tables import table

from seastool.interop.checks import app_server, openser
from seastool.interop.checks.check import UnknownCheck
from seastool.interop.checks.expected import parse_expected
from seastool.interop.checks.known import fault_text, is_known, server_of
from seastool.interop.checks.text import listing
from seastool.render.protocol.headings import headings, sections

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "check.md"
PROTOCOL = ROOT / "docs" / "protocol.md"
SUITES = [openser.SUITE, app_server.SUITE]
NAMES = [suite.name for suite in SUITES]
LEAST = 25


@pytest.mark.parametrize("suite", SUITES, ids=NAMES)
def test_each_check_says_what_it_is_for(suite):
    assert len(suite) >= LEAST
    for check in suite:
        assert re.fullmatch(r"[a-z]+\.[a-z0-9.\-]+", check.id)
        assert check.purpose.endswith(".")
        assert not check.title.endswith(".")
        assert re.match(r"protocol: [A-Z]|RFC \d{4} ", check.reference)
        assert not check.fault or fault_text(check.fault)


@pytest.mark.parametrize("suite", SUITES, ids=NAMES)
def test_what_a_check_stands_on_harms_no_more_than_it(suite):
    for check in suite:
        for ground in map(suite.__getitem__, check.needs):
            assert ground.dangerous <= check.dangerous
            assert not ground.alone
            assert not ground.profile
            assert not ground.needs  # so there is no circle


@pytest.mark.parametrize("suite", SUITES, ids=NAMES)
def test_references_are_to_sections_of_the_protocol_page(suite):
    there = set(headings(PROTOCOL.read_text(encoding="utf-8")))
    wrong = {check.id: check.reference for check in suite if set(sections(check.reference)) - there}
    assert wrong == {}


def test_the_protocol_page_has_every_fault_that_is_found():
    page = PROTOCOL.read_text(encoding="utf-8")
    found = {str(check.fault) for suite in SUITES for check in suite if check.fault}
    assert {fault for fault in found if f"`{fault}`" not in page} == set()


@pytest.mark.parametrize("suite", SUITES, ids=NAMES)
def test_the_page_has_them_all(suite):
    page = PAGE.read_text(encoding="utf-8")
    assert "\n".join(table(suite)) in page


@pytest.mark.parametrize("suite", SUITES, ids=NAMES)
def test_all_are_listed(suite):
    lines = list(listing(suite))
    assert [line.split()[0] for line in lines] == [check.id for check in suite]


def test_selecting():
    suite = openser.SUITE
    assert [check.id for check in suite.select(["uac.final"])] == ["uac.final"]
    assert {check.id for check in suite.select(["uac.*,ping.form"])} >= {"uac.final", "ping.form"}
    assert suite.select(["kill.*"]) == []
    assert all(check.dangerous for check in suite.select(["kill.*"], dangerous=True))
    assert len(suite.select()) < len(suite) == len(suite.select(dangerous=True))
    with pytest.raises(UnknownCheck, match=r"did you mean uac\.final"):
        suite.select(["uac.finale"])


@pytest.mark.parametrize("path", sorted((ROOT / "tests/interop/expected").glob("*.yaml")), ids=str)
def test_expectations_in_the_repository_are_right(path):
    found = parse_expected(path.read_text(), path.name, openser.SUITE)
    for id, expected in found.items():
        assert expected.fault in ("", openser.SUITE[id].fault)
        assert not expected.fault or is_known(expected.fault, path.stem)


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        ("kamailio (5.6.3 (x86_64/linux))", "kamailio-5.6.3"),
        ("OpenSER (1.2.0-notls (x86_64/linux))", "openser-1.2.0"),
        ("OpenSIPS (2.4.11 (x86_64/linux))", "opensips-2.4.11"),
        ("seastool", ""),
        ("kamailio (\x1b)", ""),
        ("", ""),
    ],
)
def test_who_it_says_it_is(signature, name):
    assert server_of(signature) == name


def test_what_a_server_is_known_for():
    assert is_known("final-replies-lost", "kamailio-5.6.3")
    assert not is_known("final-replies-lost", "openser-1.2.0")
    assert is_known("tcp-replies-lost", "kamailio-5.6.3")
    assert not is_known("final-replies-lost", "")
    assert not is_known("final-replies-lost", "nothing-1")
    assert not is_known("", "kamailio-5.6.3")
