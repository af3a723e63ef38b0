"""The examples of docs/scenario.md load, and run where they are whole; its tables are complete."""

import re
from pathlib import Path

import pytest
from joining import join

from seastool.scenario.loader import parse_scenario
from seastool.scenario.matching.fields import FIELDS
from seastool.scenario.reading.model import (
    STEP_KEYS,
    ExpectModel,
    LoadModel,
    ScenarioModel,
    SendModel,
)
from seastool.scenario.running.pacing import Load
from seastool.scenario.texts.call import ATTRIBUTES
from seastool.scenario.texts.scope import BUILT_IN, FUNCTIONS

TEXT = (Path(__file__).parents[2] / "docs" / "scenario.md").read_text()
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
WHOLE = [block for block in BLOCKS if block.startswith("scenario:")]
PARTS = [block for block in BLOCKS if not block.startswith("scenario:")]
NAMED = "  - send: {as: invite, sip: 'INVITE sip:b@c SIP/2.0'}\n"


@pytest.mark.parametrize("text", WHOLE)
def test_whole_scenarios(text):
    assert parse_scenario(text, "docs").program


@pytest.mark.parametrize("text", PARTS)
def test_parts(text):
    head, _, steps = text.partition("\n")
    role = re.search(r"role: (\w+)", head)[1]
    before = NAMED if "after" in head else ""
    steps = "".join(f"  {line}\n" for line in steps.splitlines())
    assert parse_scenario(f"scenario: x\nrole: {role}\nsteps:\n{before}{steps}", "docs").program


def test_the_first_two_pass_against_each_other():
    proxy, server = join(WHOLE[0], WHOLE[1])
    assert proxy.result.ok
    assert server.result.ok


def test_the_load():
    answers = WHOLE[1].replace("role: appserver", "role: appserver\nload: {calls: 1000}")
    proxy, _ = join(WHOLE[2], answers)
    assert proxy.result.ok
    assert proxy.result.passed == 1000
    assert proxy.result.seconds == pytest.approx(5, abs=0.1)


def test_the_failure_that_is_shown():
    proxy, _ = join(WHOLE[0], WHOLE[1].replace("reply: 200", "reply: 405"), load=Load())
    (failure,) = proxy.result.failures
    assert f"{failure.step}: {failure.message}" in TEXT
    assert "x sip.status  expected 200, got 405" in TEXT


@pytest.mark.parametrize(
    "names",
    [
        [name.rstrip("_") for name in ScenarioModel.model_fields],
        [name.rstrip("_") for name in SendModel.model_fields],
        [name.rstrip("_") for name in ExpectModel.model_fields],
        LoadModel.model_fields,
        STEP_KEYS,
        BUILT_IN,
        FUNCTIONS,
        ATTRIBUTES,
        [name for name in FIELDS if name.startswith("sip.")],
    ],
    ids=["file", "send", "expect", "load", "steps", "built in", "functions", "attributes", "sip"],
)
def test_everything_is_named(names):
    missing = [name for name in names if not re.search(rf"`[^`]*\b{re.escape(name)}\b[^`]*`", TEXT)]
    assert missing == []
