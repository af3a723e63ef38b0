"""The JSON Schema: as it is in the docs, true of what is shipped, and not true of what is wrong."""

import json
from pathlib import Path

import jsonschema
import pytest
from players import CAPTURES, session_of

from seastool.scenario.errors import ScenarioError
from seastool.scenario.library import built_in, built_in_names
from seastool.scenario.loader import parse_scenario
from seastool.scenario.reading.document import read_document
from seastool.scenario.reading.schema import scenario_schema
from seastool.scenario.recording.recorder import record_scenario

FILE = Path(__file__).parents[2] / "docs" / "schema" / "scenario.json"
SCHEMA = scenario_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
HEAD = "scenario: x\nrole: openser\nsteps:\n"


def holds(text: str) -> bool:
    return VALIDATOR.is_valid(read_document(text, "x").root.plain())


def test_the_file_is_what_the_model_says():
    assert json.loads(FILE.read_text()) == SCHEMA


def test_it_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", built_in_names())
def test_what_is_built_in(name):
    assert holds(str(built_in(name)))


@pytest.mark.parametrize("role", ["openser", "appserver"])
def test_what_is_recorded(role):
    assert holds(record_scenario(session_of(CAPTURES[0], role), role, "x"))


@pytest.mark.parametrize(
    "steps",
    [
        "  - expect: REPLY_FIN\n",
        "  - expect: {type: [REPLY_FIN, type 9], where: {a: [1, b], c: true}}\n",
        "  - expect: {any_of: [REPLY_FIN, {type: REPLY_PROV}]}\n",
        "  - expect: {not: REPLY_FIN, timeout: '{{ t }}'}\n",
        "  - reply: 200\n  - reply: 200 OK\n  - end: pass\n  - end: {fail: x}\n  - delay: 1s\n",
        "  - repeat: {count: '{{ n }}', steps: [{log: x}]}\n  - fault: {start: [a, b], stop: c}\n",
        "  - fault: slice=1\n  - assert: a == 1\n  - send: {frame: {type: PING, sequence: 1}}\n",
    ],
)
def test_what_the_language_has(steps):
    assert holds(HEAD + steps)


@pytest.mark.parametrize(
    "text",
    [
        "scenario: x\nrole: openser",
        "scenario: x\nrole: proxy\nsteps: [{log: x}]",
        f"{HEAD}  []",
        f"{HEAD}  - {{}}",
        f"{HEAD}  - {{log: x, delay: 1s}}",
        f"{HEAD}  - {{lgo: x}}",
        f"{HEAD}  - delay: 1",
        f"{HEAD}  - delay: 1 s",
        f"{HEAD}  - expect: {{type: NOTHING}}",
        f"{HEAD}  - expect: {{type: []}}",
        f"{HEAD}  - end: never",
        f"{HEAD}  - repeat: {{steps: [{{log: x}}]}}",
        f"{HEAD}  - send: {{as: 1}}",
        f"load: {{calls: 0}}\n{HEAD}  - log: x",
        f"load: {{rate: 5}}\n{HEAD}  - log: x",
    ],
)
def test_what_it_refuses_is_refused_by_the_loader_too(text):
    assert not holds(text)
    with pytest.raises(ScenarioError):
        parse_scenario(text)
