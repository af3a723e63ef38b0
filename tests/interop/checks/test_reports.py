"""Results as JUnit XML, annotations, JSON and text; and against what was expected."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seastool.interop.checks.as_json import check_record, run_record
from seastool.interop.checks.expected import BadExpectations, parse_expected, surprise
from seastool.interop.checks.github import workflow_commands
from seastool.interop.checks.junit import junit
from seastool.interop.checks.result import Result, Run
from seastool.interop.checks.text import details, line_of
from seastool.interop.checks.verdict import Verdict
from seastool.render.paint import Paint

IDS = ("a.one", "a.two", "b.one", "b.two")


def result(id: str, verdict: Verdict, **how: object) -> Result:
    return Result(id, f"title of {id}", "a purpose.", "protocol: Connections", verdict, **how)


def run() -> Run:
    wrong = {"expected": "this", "got": "that\x1b[2J\x00 <&>", "command": "seastool again"}
    results = [
        result("a.one", Verdict.PASS, seconds=0.5),
        result("a.two", Verdict.FAIL, frames=["a frame"], **wrong),
        result("b.one", Verdict.KNOWN, fault="final-replies-lost", reason="is lost", **wrong),
        result("b.two", Verdict.SKIPPED, reason="no phone"),
    ]
    return Run(
        "openser", "127.0.0.1:5080", "kamailio-5.6.3", 1_700_000_000_000_000_000, 2.0, results
    )


@pytest.mark.parametrize(("known_fails", "failures"), [(False, 1), (True, 2)])
def test_junit(known_fails, failures):
    root = ElementTree.fromstring(junit(run(), known_fails=known_fails))
    suite = root[0]
    assert (suite.get("tests"), suite.get("failures")) == ("4", str(failures))
    assert suite.get("skipped") == str(3 - failures)
    assert suite.get("timestamp") == "2023-11-14T22:13:20"
    cases = {case.get("name").partition(":")[0]: case for case in suite.iter("testcase")}
    assert list(cases) == list(IDS)
    assert len(cases["a.one"]) == 0
    failure = cases["a.two"].find("failure")
    assert failure.get("message") == "expected this, got that\\x1b[2J\\x00 <&>"
    assert "a frame" in failure.text
    assert "seastool again" in failure.text
    assert (cases["b.one"].find("failure") is not None) is known_fails
    assert cases["b.two"].find("skipped").get("message") == "no phone"


def test_a_run_that_was_ended_early():
    one = run()
    one.left = [result("c.one", Verdict.SKIPPED), result("c.two", Verdict.SKIPPED)]
    one.end("SIGTERM")
    suite = ElementTree.fromstring(junit(one))[0]
    assert (suite.get("tests"), suite.get("skipped")) == ("6", "4")
    (*_, last) = suite.iter("testcase")
    assert last.find("skipped").get("message") == "not run: ended by SIGTERM"
    assert one.summary().endswith("1 skipped, 2 not run, as SIGTERM ended it")
    assert run_record(one, [])["left"] == ["c.one", "c.two"]
    (*_, told) = workflow_commands(one)
    assert told.startswith("::error ")


@given(st.text())
def test_junit_of_any_text_parses(text):
    one = result("a.one", Verdict.FAIL, expected=text, got=text, reason=text, frames=[text])
    made = Run("openser", text, text, results=[one])
    ElementTree.fromstring(junit(made))


def test_annotations():
    lines = list(workflow_commands(run()))
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]
    assert all("\n" not in line for line in lines)
    assert "%0Arepeat%3A" not in lines[0]
    assert "%0Arepeat: seastool again" in lines[0]
    lines = list(workflow_commands(run(), ["a.two: fail, and expected was pass"]))
    assert [line.partition(" ")[0] for line in lines].count("::error") == 1


def test_json():
    for one in run().results:
        assert json.loads(json.dumps(check_record(one)))["verdict"] == one.verdict
    record = run_record(run(), [])
    assert record["verdicts"] == {"pass": 1, "fail": 1, "known": 1, "skipped": 1}


def test_text_is_fit_for_a_terminal():
    lines = [line_of(one, Paint(False)) for one in run().results]
    lines += [line for one in run().results for line in details(one)]
    assert all(line.isprintable() for line in lines)
    assert any("final-replies-lost" in line for line in lines)
    assert run().summary() == "4 checks in 2.0 s: 1 passed, 1 failed, 1 known faults, 1 skipped"


EXPECTED = """---
# a comment
a.two: fail
b.one: known final-replies-lost   # and another
b.two: skipped
"""


def test_expectations():
    expected = parse_expected(EXPECTED, "file", IDS)
    assert [surprise(one, expected) for one in run().results] == [""] * len(IDS)
    changed = parse_expected("b.one: known tcp-replies-lost", "file", IDS)
    told = [surprise(one, changed) for one in run().results]
    assert told == [
        "",
        "a.two: fail, and expected was pass",
        "b.one: known final-replies-lost, and expected was known tcp-replies-lost",
        "b.two: skipped, and expected was pass",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a.one", "is not"),
        ("c.one: pass", "no check c.one"),
        ("a.one: good", "no verdict"),
        ("a.one: pass\na.one: fail", "twice"),
        ("a.one: pass x y", "is not"),
    ],
)
def test_expectations_that_are_wrong(text, told):
    with pytest.raises(BadExpectations, match=told):
        parse_expected(text, "file", IDS)
